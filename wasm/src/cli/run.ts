import { flag, meant, readArguments } from './arguments.js';
import { type Command, packageVersion } from './command.js';
import { compareCommand } from './commands/compare.js';
import { distilCommand } from './commands/distil.js';
import { exportCommand } from './commands/export.js';
import { inspectCommand } from './commands/inspect.js';
import { predictCommand } from './commands/predict.js';
import { reportCommand } from './commands/report.js';
import { type ExitCode, exitCodeOf, exitCodes, UsageError } from './exit-codes.js';
import { generalHelp, helpOf } from './help.js';
import type { Terminal } from './terminal.js';

const commands: Command[] = [distilCommand, predictCommand, exportCommand, inspectCommand, reportCommand, compareCommand];
const common = { quiet: flag('say nothing but errors beside the answer', 'q'), help: flag('this help', 'h') };

/** Does what the arguments say, tells what went wrong, and gives the exit code. */
export async function run([name, ...rest]: string[], terminal: Terminal): Promise<ExitCode> {
  try {
    if (name === undefined) throw new UsageError('Name a command.');
    if (name === '--help' || name === '-h' || name === 'help') {
      terminal.answer(...generalHelp(commands));
      return exitCodes.ok;
    }
    if (name === '--version' || name === '-V') {
      terminal.answer(packageVersion());
      return exitCodes.ok;
    }
    return await runCommand(name, rest, terminal);
  } catch (error) {
    terminal.complain(error instanceof Error ? error.message : String(error));
    const command = commands.find((known) => known.name === name);
    if (error instanceof UsageError) terminal.note(`See: distillery ${command ? `${command.name} ` : ''}--help`);
    return exitCodeOf(error);
  }
}

async function runCommand(name: string, rest: string[], terminal: Terminal): Promise<ExitCode> {
  const command = commands.find((known) => known.name === name);
  if (!command) {
    const names = commands.map((known) => known.name), listed = names.join(', ');
    throw new UsageError(name.startsWith('-')
      ? `There is no option ${name} before the command. The command comes first: ${listed}.`
      : `There is no command '${name}'.${meant(name, names) || ` There are ${listed}.`}`);
  }
  if (rest.some((argument) => argument === '--help' || argument === '-h')) {
    terminal.answer(...helpOf(command, common));
    return exitCodes.ok;
  }
  return command.run(readArguments({ ...command.options, ...common }, rest), terminal);
}
