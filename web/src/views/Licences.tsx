import { sets } from '../data/sets.ts';
import { useApp } from './context.ts';

export function Licences() {
  const { version } = useApp().store;
  return (
    <footer class="licences below" id="licences" aria-labelledby="licences-title">
      <h2 id="licences-title">Data and licences</h2>
      <p>Letters, Satellite soils, Gamma rays and Handwritten digits come from the UCI Machine Learning Repository under <a href="https://creativecommons.org/licenses/by/4.0/" rel="noreferrer">CC BY 4.0</a>; columns and class names were renamed, the rows are as donated. What was changed is written in <a href="data/README.txt">the file beside the data</a>.</p>
      <ul>
        {sets.map((set) => (set.kind === 'shipped' && set.citation ? (
          <li key={set.id}><b>{set.name}</b>: {set.citation.text} <a href={set.citation.doi} rel="noreferrer">{set.citation.doi}</a></li>
        ) : null))}
        <li><b>Tutorial data</b>: made with scikit-learn’s <code>make_classification</code>; free of rights. Moons, circles and spirals are made in this page.</li>
      </ul>
      <p class="hint">Distillery{version.value ? ` ${version.value}` : ''}, MIT licence. Parquet files are read with hyparquet and fzstd, MIT licence. Your data never leaves this machine.</p>
    </footer>
  );
}
