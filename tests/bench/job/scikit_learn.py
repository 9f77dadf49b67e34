# Its classifier takes no soft targets: the student is the regressor, which learns them by squared error.
import csv, gzip, json, sys, warnings
import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
with gzip.open(sys.argv[1], "rt") as file:
    rows = list(csv.reader(file))[1:]
names = sorted({row[-1] for row in rows})
labels = np.array([names.index(row[-1]) for row in rows])
raw = np.array([row[:-1] for row in rows], dtype=np.float32)
scaler = StandardScaler().fit(raw[:-2000])
train, test = scaler.transform(raw[:-2000]), scaler.transform(raw[-2000:])

options = dict(solver="adam", alpha=0.0, batch_size=64, n_iter_no_change=1000)
teachers = [MLPClassifier((128, 64), learning_rate_init=1e-3, max_iter=10, random_state=seed, **options).fit(train, labels[:-2000])
            for seed in range(4)]
mean = lambda features: np.mean([teacher.predict_proba(features) for teacher in teachers], axis=0)
targets = 0.3 * np.eye(len(names))[labels[:-2000]] + 0.7 * mean(train)
student = MLPRegressor((32, 16), learning_rate_init=3e-3, max_iter=15, random_state=0, **options).fit(train, targets)
right = lambda answers: float(np.mean(np.argmax(answers, axis=1) == labels[-2000:]))
print(json.dumps({"ensemble": right(mean(test)), "student": right(student.predict(test))}))
