/** The package's entry in browsers. */

import { createApi } from './api.js';
import { web } from './web.js';

export * from './exports.js';
export const { loadDistillery, distil, predict } = createApi(web);
