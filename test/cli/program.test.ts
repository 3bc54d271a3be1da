import { expect, test } from 'vitest'
import { commandLine } from '../../src/cli/program.ts'

const { commands } = commandLine()

test('there is a command for running, checking and editing', () => {
  expect(commands.map((command) => command.name())).toEqual(['run', 'validate', 'schema'])
})

test.each(commands.map((command) => [command.name(), command] as const))(
  'each argument and option of %s says what it is',
  (_, command) => {
    const help = command.createHelp()
    const told = [
      command.description(),
      ...help.visibleArguments(command).map(({ description }) => description),
      ...help.visibleOptions(command).map((option) => help.optionDescription(option)),
    ]
    expect(told.length).toBeGreaterThan(2)
    for (const text of told) expect(text).toMatch(/\S{3}/)
  },
)
