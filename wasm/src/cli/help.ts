import type { Options } from './arguments.js';
import type { Command } from './command.js';
import { exitCodes } from './exit-codes.js';

const lineWidth = 100;

const meanings: Record<keyof typeof exitCodes, string> = {
  ok: 'done',
  failure: 'failed',
  usage: 'the command is wrong',
  data: 'a file is missing, damaged or does not hold what it must',
  noSize: 'distil: no size passes; the student is the closest, not a recommended one',
  interrupted: 'interrupted',
};

export function generalHelp(commands: Command[]): string[] {
  const longest = Math.max(...commands.map(({ name }) => name.length));
  return [
    'Usage: distillery <command> [options]',
    '',
    'Trains an ensemble of neural networks on a table, distils it into small ones, and says how small one may be.',
    '',
    'Commands:',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(longest)}  ${summary}`),
    '',
    'distillery <command> --help   options and examples of a command',
    'distillery --version          version of the package',
    '',
    'Example:',
    ...commands[0]!.examples.slice(0, 1).map((example) => `  ${example}`),
    '',
    'Exit codes:',
    ...(Object.keys(exitCodes) as (keyof typeof exitCodes)[])
      .map((name) => `  ${String(exitCodes[name]).padEnd(3)}  ${meanings[name]}`),
  ];
}

export function helpOf({ name, usage, about, options, groups = {}, examples }: Command, common: Options): string[] {
  const grouped = new Set(Object.values(groups).flatMap((group) => Object.keys(group)));
  const others = Object.fromEntries(
    Object.entries<Options[string]>(options).filter(([option]) => !grouped.has(option)));
  return [
    ...usage.map((line, at) => `${at === 0 ? 'Usage:' : '      '} distillery ${name} ${line}`),
    ...about.flatMap((paragraph) => ['', ...wrapped(paragraph, lineWidth)]),
    '', 'Options:', ...optionLines({ ...others, ...common }),
    ...Object.entries(groups).flatMap(([title, group]) => ['', `${title}:`, ...optionLines(group)]),
    '', 'Examples:', ...examples.map((example) => `  ${example}`),
  ];
}

const helpColumn = 30;

function optionLines(options: Options): string[] {
  return Object.entries(options).flatMap(([name, { value, short, help }]) => {
    const left = `  ${short ? `-${short}, ` : ''}--${name}${value ? ` <${value}>` : ''}`;
    const [first = '', ...rest] = wrapped(help, lineWidth - helpColumn);
    const indented = (line: string): string => ' '.repeat(helpColumn) + line;
    return left.length < helpColumn - 1 ? [left.padEnd(helpColumn) + first, ...rest.map(indented)]
      : [left, ...[first, ...rest].map(indented)];
  });
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line];
}
