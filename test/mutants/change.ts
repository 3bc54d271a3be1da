/** How one place of a kernel module is changed so that a rule breaks. */
export type Change = readonly [rule: string, module: string, find: string, replace: string, because: string]
