// A cost report in, FOCUS out, and the proof that nothing was lost or doubled.
//
// `normalize.mjs REPORT... [--output FILE.parquet|.csv|.arrow] [--columns A,B] [--maps map|json] [--threads N]
// [--on-error stop|quarantine] [--quarantine FILE] [--on-unknown null|stop] [--strict] [--keep-unproven] [--json]`
import { normalize } from 'outlay/programs'

process.exitCode = await normalize(process.argv.slice(2))
