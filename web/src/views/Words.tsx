const words: [id: string, word: string, meaning: string][] = [
  ['teacher', 'Teacher', 'One heavy network of the ensemble. All have the same shape and learn from the same rows, each from its own random start.'],
  ['ensemble', 'Ensemble', 'All teachers together: the mean of their answers before they are turned into probabilities.'],
  ['student', 'Student', 'A small network that learns from the labels and from what the ensemble says about every row. Where trials show that labels alone do better, it learns from those.'],
  ['baseline', 'Baseline', 'The student’s twin: same shape, same seeds, same number of steps, taught by the labels alone.'],
  ['matched', 'Matched baseline', 'A baseline that also sees the student’s transfer rows, with the labels of the rows they were made from: all of the student’s recipe but the ensemble.'],
  ['recipe', 'Recipe', 'How students are taught: by labels alone or by soft targets, at which temperature and weight, with or without transfer rows. Trials on the validation rows choose it.'],
  ['transfer-rows', 'Transfer rows', 'Rows made from the training rows, which the ensemble labels, so that it can say more than it says about the rows it knows.'],
  ['edge', 'Edge', 'Right answers of the ensemble minus right answers of the baseline.'],
  ['retained-edge', 'Retained edge', 'How much of the edge the student keeps: student − baseline, divided by ensemble − baseline. Left undefined where the edge is too small to divide by.'],
  ['margin', 'Margin', 'How many points below the ensemble are still good enough.'],
  ['interval', 'Interval', 'Where the true figure lies with 95% confidence, over seeds and rows as the place says.'],
  ['validation', 'Validation and test rows', 'Validation rows choose the size. Test rows choose nothing: they are scored once, at the end.'],
  ['calibration-error', 'Expected calibration error', 'How far confidence and right answers are apart: rows are put into 15 groups by confidence, and the distances of their means are averaged, weighted by rows.'],
  ['seed', 'Seed', 'The number from which all random draws follow. The same seed gives the same student, on every machine.'],
];

export function Words() {
  return (
    <section class="words below" id="words" aria-labelledby="words-title">
      <h2 id="words-title">Words</h2>
      <dl>
        {words.map(([id, word, meaning]) => (
          <div key={id} id={`word-${id}`} tabIndex={-1}><dt>{word}</dt><dd>{meaning}</dd></div>
        ))}
      </dl>
    </section>
  );
}
