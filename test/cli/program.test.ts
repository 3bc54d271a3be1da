import { expect, test } from 'vitest'
import { commandLine } from '../../src/cli/program.ts'

const { commands } = commandLine()

const own = commands.flatMap((command) => (command.commands.length === 0 ? [command] : command.commands))

test('there is a command for running, checking, editing, for what failed, and for what is remembered', () => {
  expect(commands.map((command) => command.name())).toEqual(['run', 'validate', 'schema', 'dead-letters', 'dump'])
  const group = commands.find((command) => command.name() === 'dead-letters')!
  expect(group.description()).toMatch(/\S{3}/)
  expect(group.commands.map((command) => command.name())).toEqual(['list', 'show', 'retry', 'edit', 'purge', 'export'])
})

test.each(own.map((command) => [command.name(), command] as const))(
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
