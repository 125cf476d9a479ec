/**
 * The program `normalize` of the examples: reads reports, writes a file and a table of services, and proves that nothing
 * was lost or doubled. Prints on standard output, and errors on standard error.
 *
 * @param given What follows the program's name.
 * @returns The exit status: 0 only if everything is proven, 2 when the arguments make no sense, 130 after Ctrl-C.
 */
export function normalize(given: readonly string[]): Promise<number>
