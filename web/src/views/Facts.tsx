import { bytes, count, duration, percent, wholePercent } from '../state/format.ts';
import type { RunState } from '../state/run.ts';
import { useApp } from './context.ts';
import { Term } from './Term.tsx';

/** Four facts about the student that is taken away. */
export function Facts({ run }: { run: RunState }) {
  const { store } = useApp();
  const report = run.report;
  if (!report || report.choice.size < 0) return null;
  const { choice } = report;
  const size = report.sizes[choice.size]!;
  const { retainedEdge } = choice;
  const latency = store.latency.value;
  return (
    <dl class="facts">
      <div>
        <dt><Term id="retained-edge">Retained edge</Term></dt>
        <dd class="value" id="fact-edge">{retainedEdge.count > 0 ? `${wholePercent(retainedEdge.estimate)}%` : 'undefined'}</dd>
        <dd class="small">
          {retainedEdge.count === 0 ? 'these rows show no clear gain of the ensemble over the baseline'
            : retainedEdge.count < 2 ? 'one seed, no interval'
              : `${wholePercent(retainedEdge.lower)} to ${wholePercent(retainedEdge.upper)}%`}
        </dd>
      </div>
      <div>
        <dt>Agrees with the ensemble</dt>
        <dd class="value" id="fact-agreement">{percent(choice.testAgreement)}</dd>
        <dd class="small">of {count(report.test.rows)} test rows</dd>
      </div>
      <div>
        <dt>Size</dt>
        <dd class="value" id="fact-size">{bytes(size.bytes)}</dd>
        <dd class="small">instead of {bytes(report.ensembleBytes)}</dd>
      </div>
      <div>
        <dt>One row takes</dt>
        <dd class="value" id="fact-latency">{latency ? duration(latency.student) : '…'}</dd>
        <dd class="small">{latency ? `instead of ${duration(latency.ensemble)}, here` : 'being measured here'}</dd>
      </div>
    </dl>
  );
}

