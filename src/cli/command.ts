import { Command } from 'commander'

/** A command as all of ours are: its help after a mistake, and no exit of its own. */
export function command(name: string, description: string, parent = ''): Command {
  const path = name === 'sluice' ? '' : `${parent}${name} `
  return new Command(name)
    .description(description)
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .showHelpAfterError(`Run \`sluice ${path}--help\` to see what there is.`)
    .exitOverride()
}
