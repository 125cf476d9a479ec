/// <reference types="node" />

// What a report is given as.

import type { Connector } from './aws'

/** A path, as text or as a `file:` URL. */
export type Path = string | URL

/**
 * A report: a file, a folder in the layout of AWS, a manifest, a list of these, the bytes of one file, a list of the bytes of
 * its parts, or a stream of the bytes of one file.
 *
 * `~` at the start of a path is the home folder; a file with that name is `./~`. A path that does not exist and has `*`, `?` or
 * `[…]` is a pattern, such as `bills/*.csv.gz`. An address in S3 names a prefix, as `s3://bucket/prefix/report/`, a manifest
 * (`….json`), or one object (`….csv.gz`). It is read with the default credential chain of AWS. A {@link Connector} reads with a
 * role.
 */
export type Source = Path | readonly Path[] | Bytes | readonly Bytes[]

/** A buffer with the bytes of a file, compressed or not. */
export type Bytes = NodeJS.ArrayBufferView | ArrayBufferLike

/**
 * The bytes of one file as a stream: a `Readable` of Node, a `ReadableStream` such as the body of a `fetch`, a `Blob`, the body of
 * an object in S3, or any other async iterable of bytes. It is read as fast as the rows are used, and destroyed if the read ends
 * before it does.
 *
 * A stream that is cut off is an error if it is compressed, or if the option `expectedBytes` has its length, such as a
 * `content-length`. Without, plain CSV that is cut off at a line end cannot be told from a whole report.
 */
export type ByteStream = AsyncIterable<Bytes> | ReadableStreamLike | BlobLike

/** A `ReadableStream`, in every library of types that declares one. */
export interface ReadableStreamLike {
  getReader(): { read(): Promise<{ done: boolean; value?: any }>; cancel(reason?: any): Promise<void> }
}

/** A `Blob`, in every library of types that declares one. */
export interface BlobLike {
  readonly size: number
  stream(): ReadableStreamLike
}
