/** What can be wrong with files that are read; part of the table of the components' errors. */
export const READING_ERRORS = {
  SLUICE_FILE_MISSING: {
    kind: 'message', // With `read: once` it is not waited for.
    summary: 'a file that is to be read once is not there',
    hint: 'check the `path`, which is seen from where the process was started; `read: follow` waits for the file',
    exitCode: 66,
  },
  SLUICE_FILE_NOT_REGULAR: {
    kind: 'message',
    summary: 'a path to read from is a folder, or another thing that is no regular file',
    hint: 'name the files in a folder by a pattern, as `logs/*.log`; what a pipe gives comes by `stdin`',
    exitCode: 66,
  },
  SLUICE_FILE_UNREADABLE: {
    kind: 'place',
    summary: 'this user may not read a file',
    hint: 'change the permissions of the file and of the folders above it; it is tried again while others are read',
    exitCode: 77,
  },
  SLUICE_FILE_READ_FAILED: {
    kind: 'place',
    summary: 'a file cannot be read',
    hint: 'see the cause; it is tried again while others are read',
    exitCode: 74,
  },
  SLUICE_FILE_GZIP_BROKEN: {
    kind: 'message',
    summary: 'a file packed by gzip ends too early, or is damaged',
    hint: 'what came before was read; write the whole file over it in place (`cp`, not `mv`), and only the rest is read',
  },
  SLUICE_FILE_CHECKPOINTS_DAMAGED: {
    kind: 'message', // It doesn't mend itself.
    summary: 'what was written down of how far files were read is damaged',
    hint: 'check the disk; remove the file that is named to begin anew, which reads by `start` what was read before',
    exitCode: 74,
  },
  SLUICE_FILE_CHECKPOINTS_FAILED: {
    kind: 'place',
    summary: 'how far files were read cannot be written down',
    hint: 'make room on the disk, or check the permissions of the folder of the checkpoints; it is tried again',
    exitCode: 74,
  },
} as const
