// Must compile; is never run.
import outlay = require('outlay')

async function main(): Promise<void> {
  const reader: outlay.Reader = outlay.read('report')
  const batches: AsyncIterableIterator<Buffer> = reader[Symbol.asyncIterator]()
  const { value, done } = await batches.next()
  if (!done) console.log(value.byteLength)
  const error: outlay.OutlayError | null = await reader.check().then(
    () => null,
    (error: unknown) => (error instanceof outlay.OutlayError ? error : null),
  )
  console.log(error?.code)
}

main()
