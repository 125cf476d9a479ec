/**
 * The program `normalize` of the examples: reads reports, writes a file and a table of services, and proves that nothing
 * was lost or doubled. Prints on standard output, and errors on standard error.
 *
 * @param given What follows the program's name.
 * @returns The exit status: 0 if the read is proven or partial (with `--strict` only if it is proven), else 1; 2 when the
 *   arguments make no sense; 128 and the number of the signal after SIGINT, SIGTERM and SIGHUP, which leave no file behind.
 */
export function normalize(given: readonly string[]): Promise<number>
