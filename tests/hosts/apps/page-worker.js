// The whole package inside a worker of the page's own.
const worker = new Worker(new URL('./in-worker.js', import.meta.url), { type: 'module' });
window.result = new Promise((resolve, reject) => {
  worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data));
  worker.onerror = (event) => reject(new Error(event.message || 'the worker did not start'));
});
