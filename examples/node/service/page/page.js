// Reads a month as Arrow, adds it up by service while it arrives, and draws it.
/* global Arrow, Chart */

const BARS = 12
const COLUMNS = ['ServiceName', 'BilledCost', 'BillingCurrency']
const SCALE = 18

/** The unscaled integer of a decimal: words in two's complement, the least significant first. */
function unscaled(words) {
  let value = 0n
  for (let index = words.length - 1; index >= 0; index -= 1) value = (value << 32n) | BigInt(words[index])
  return BigInt.asIntN(32 * words.length, value)
}

/** Its exact text. */
function text(value) {
  const digits = (value < 0n ? -value : value).toString().padStart(SCALE + 1, '0')
  const fraction = digits.slice(-SCALE).replace(/0+$/, '')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -SCALE)}${fraction && '.'}${fraction}`
}

/** The pieces of a response. Of a stream apache-arrow takes an error for the end; of this it does not. */
async function* pieces(response) {
  const reader = response.body.getReader()
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value
}

/** Sums by currency and service, batch by batch. */
async function* sums(response) {
  const byCurrency = new Map()
  let rows = 0
  for await (const batch of await Arrow.RecordBatchReader.from(pieces(response))) {
    const [services, costs, currencies] = COLUMNS.map((name) => batch.getChild(name))
    for (let row = 0; row < batch.numRows; row += 1) {
      const currency = currencies.get(row)
      if (!byCurrency.has(currency)) byCurrency.set(currency, new Map())
      const byService = byCurrency.get(currency)
      const service = services.get(row)
      byService.set(service, (byService.get(service) ?? 0n) + unscaled(costs.get(row)))
    }
    rows += batch.numRows
    yield { byCurrency, rows }
  }
}

/** Services by cost, the largest first; beyond those that fit, one line for the rest. */
function ranked(byService) {
  const lines = [...byService].sort(([, a], [, b]) => (b > a ? 1 : b < a ? -1 : 0))
  const rest = lines.splice(BARS)
  if (rest.length > 0) lines.push([`${rest.length} more`, rest.reduce((sum, [, cost]) => sum + cost, 0n)])
  return lines
}

const element = (id) => document.getElementById(id)

function showTable(lines, total) {
  element('services').replaceChildren(
    ...lines.map(([service, cost]) => {
      const line = document.createElement('tr')
      const share = total === 0n ? '' : `${(Number((cost * 1000n) / total) / 10).toFixed(1)} %`
      for (const cell of [service, text(cost), share]) line.insertCell().textContent = cell
      return line
    }),
  )
}

function newChart(currency) {
  return new Chart(element('chart'), {
    type: 'bar',
    data: { labels: [], datasets: [{ label: 'BilledCost', data: [], backgroundColor: '#2f6fb0', borderRadius: 2, maxBarThickness: 24 }] },
    options: {
      animation: false,
      indexAxis: 'y',
      maintainAspectRatio: false,
      plugins: { legend: { display: false } },
      scales: {
        x: { title: { display: true, text: `BilledCost, ${currency}` }, grid: { color: '#eceff2' } },
        y: { grid: { display: false }, ticks: { autoSkip: false } },
      },
    },
  })
}

/** What the service answers; or why it does not. */
async function ask(where, options) {
  const response = await fetch(where, options)
  if (!response.ok) throw new Error((await response.json()).message)
  return response
}

let chart
let newest

async function show(month) {
  newest?.abort()
  newest = new AbortController()
  document.body.dataset.state = 'reading'
  const query = new URLSearchParams({ month, columns: COLUMNS.join(',') })
  const response = await ask(`month.arrow?${query}`, { signal: newest.signal })
  chart?.destroy()
  chart = undefined
  for await (const { byCurrency, rows } of sums(response)) {
    // Amounts of different currencies are never added: the one with most services is drawn.
    const [[currency, byService]] = [...byCurrency].sort(([, a], [, b]) => b.size - a.size)
    const lines = ranked(byService)
    const total = lines.reduce((sum, [, cost]) => sum + cost, 0n)
    chart ??= newChart(currency)
    chart.data.labels = lines.map(([service]) => service)
    chart.data.datasets[0].data = lines.map(([, cost]) => Number(text(cost)))
    chart.update()
    showTable(lines, total)
    element('summary').textContent = `${rows.toLocaleString('en')} rows, ${text(total)} ${currency} billed`
  }
  document.body.dataset.state = 'done'
}

function say(error) {
  if (error.name === 'AbortError') return
  element('summary').textContent = error.message
  document.body.dataset.state = 'failed'
}

async function begin() {
  const months = await (await ask('months.json')).json()
  element('month').replaceChildren(...months.map((month) => new Option(month, month)))
  element('month').addEventListener('change', (event) => show(event.target.value).catch(say))
  await show(months[0])
}

begin().catch(say)
