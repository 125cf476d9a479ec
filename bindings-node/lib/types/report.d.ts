// A report that can be read again.

import type { ColumnName, Row, RowOptions } from './focus'
import type { open } from '../index'
import type { CallOptions, OpenOptions, ReaderOptions } from './options'
import type { Plan } from './plan'
import type { Reader, ReaderOf } from './reader'
import type { Totals } from './totals'

/**
 * A report that can be read any number of times. Each pass is a {@link Reader}.
 *
 * The first use selects the parts and notes their versions: sizes, change times, ETags. Every later pass reads the same versions
 * or ends with `OUTLAY_SOURCE_CHANGED`. {@link Report.refresh} selects the parts again.
 */
export class Report {
  private constructor()

  /**
   * Returns a reader of a pass. The options replace those of {@link open} for this pass. With `periods`, only months for which
   * the report was opened can be read. The compiler knows the types of rows whose columns are options of this call.
   */
  read<
    Column extends ColumnName = string,
    Added extends string = never,
    Schema extends 'focus' | 'cur' = 'focus',
    Maps extends 'map' | 'json' = 'map' | 'json',
    Unknown extends 'null' | 'stop' = 'null',
    Lineage extends boolean = false,
  >(
    options?: OpenOptions & RowOptions<Column, Added, Schema, Maps, Unknown, Lineage>,
  ): ReaderOf<Column, Added, Schema, Maps, Unknown, Lineage>

  /** Returns the first rows as plain objects. Only as much of the report as they need is read, so nothing is proven. */
  head(rows?: number, options?: ReaderOptions & CallOptions & { numbers?: 'string' }): Promise<Row<string>[]>
  head(rows: number, options: ReaderOptions & CallOptions & { numbers: 'number' }): Promise<Row<number>[]>

  /** Returns the names of all columns. */
  columns(options?: ReaderOptions & CallOptions): Promise<string[]>

  /** Returns the parts of the report, which are selected on first use. */
  plan(options?: CallOptions): Promise<Plan>

  /** Selects the parts again, with their current versions. */
  refresh(options?: CallOptions): Promise<void>

  /** Returns the totals of the pass that ended last, at its end or before; null if no pass has ended. */
  lastPass(): Promise<Totals | null>

  /**
   * Rejects with `OUTLAY_UNPROVEN` if a check of the pass that ended last does not hold, if it failed or did not reach the end of
   * the report, or if no pass has ended.
   */
  check(): Promise<void>
}
