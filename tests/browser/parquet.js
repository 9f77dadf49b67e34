// Runs in the page of parquet.html: reads what is dropped, whatever kind of file it is.
import { readTable } from './dist/index.js';

const place = document.getElementById('place');
place.addEventListener('dragover', (event) => event.preventDefault());
place.addEventListener('drop', (event) => {
  event.preventDefault();
  readTable(event.dataTransfer.files[0], { missing: 'mean' }).then(
    ({ features, labels, schema, classNames }) => { window.read = { features: [...features].map(String), labels: [...labels], schema, classNames }; },
    ({ code, message }) => { window.read = { code, message }; });
});
window.isReady = true;
