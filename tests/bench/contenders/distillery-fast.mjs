// The flavour with relaxed SIMD, where the build has it and the engine knows it.
import { load as loadFlavour } from './distillery.mjs';

export const load = () => loadFlavour({ flavour: 'fast' });
