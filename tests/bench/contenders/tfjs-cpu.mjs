import '@tensorflow/tfjs-backend-cpu';
import { load as loadTfjs } from './tfjs.mjs';

export const load = () => loadTfjs('cpu');
