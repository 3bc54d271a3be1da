import { expect, test } from 'vitest'
import { commandLine } from '../../src/cli/program.ts'

const { commands } = commandLine()

const own = commands.flatMap((command) => (command.commands.length === 0 ? [command] : command.commands))

test('there is a command for running, checking, editing, for what failed, what is stored, and what is remembered', () => {
  const names = ['run', 'validate', 'schema', 'dead-letters', 'overflow', 'pause', 'resume', 'dump']
  expect(commands.map((command) => command.name())).toEqual(names)
  const within = (name: string): string[] => {
    const group = commands.find((command) => command.name() === name)!
    expect(group.description()).toMatch(/\S{3}/)
    return group.commands.map((command) => command.name())
  }
  expect(within('dead-letters')).toEqual(['list', 'show', 'retry', 'edit', 'purge', 'export'])
  expect(within('overflow')).toEqual(['list', 'show', 'peek', 'export', 'purge', 'adopt', 'drain'])
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
