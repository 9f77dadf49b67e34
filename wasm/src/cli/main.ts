#!/usr/bin/env node
/** The command line: `distillery <command> …`. Node only. docs/command-line.md describes it. */

import { run } from './run.js';
import { Terminal } from './terminal.js';

const given = process.argv.slice(2);
process.exitCode = await run(given, new Terminal({ quiet: given.includes('--quiet') || given.includes('-q') }));
