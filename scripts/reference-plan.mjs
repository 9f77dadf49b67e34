// The reference experiment as published; every option stands here, for the package's defaults are other ones.
export const referencePlan = {
  split: { validation: 0, officialTestRows: 1000 },
  teachers: {
    count: 12, hidden: [256, 128, 64], dropout: [0.3, 0.3],
    training: { epochs: 30, batchSize: 64, learningRate: 1e-3, weightDecay: 0, schedule: 'constant' },
  },
  students: {
    sizes: [[64, 32]], seeds: 1, recipe: [{ temperature: 3, softWeight: 0.7, transfer: false }],
    training: { epochs: 50, batchSize: 64, learningRate: 1e-3, weightDecay: 1e-4, schedule: 'constant' },
  },
};
