// Reads a month as Arrow, adds it up by service while it arrives, and draws it.
/* global Arrow, Chart */

const BARS = 12
const COLUMNS = ['ServiceName', 'BilledCost', 'BillingCurrency']
// Of every decimal that outlay gives: of the unscaled integers, which are added here, this is one.
const SCALE = 18
const ONE = 10n ** BigInt(SCALE)

/** The unscaled integer of a decimal: words in two's complement, the least significant first. */
const unscaled = (words) => BigInt.asIntN(128, words.reduceRight((value, word) => (value << 32n) | BigInt(word), 0n))

/** Its exact text. */
function text(value) {
  const digits = (value < 0n ? -value : value).toString().padStart(SCALE + 1, '0')
  const fraction = digits.slice(-SCALE).replace(/0+$/, '')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -SCALE)}${fraction && '.'}${fraction}`
}

/** An amount of money for people: to the cent, or whatever the currency has. */
const money = (value, currency) => new Intl.NumberFormat('en', { style: 'currency', currency }).format(text(value))

const percent = new Intl.NumberFormat('en', { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 })

const monthName = (month) => new Date(`${month}-01T00:00:00Z`).toLocaleDateString('en', { month: 'long', year: 'numeric', timeZone: 'UTC' })

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

const sum = (costs) => [...costs].reduce((total, cost) => total + cost, 0n)

/** Services by cost, the largest first. Those beyond the bars that fit, and those below a cent, are one line. */
function ranked(byService) {
  const lines = [...byService].sort(([, a], [, b]) => (b > a ? 1 : b < a ? -1 : 0))
  const isShown = ([, cost], index) => index < BARS && (cost < 0n ? -cost : cost) * 200n >= ONE
  const rest = lines.filter((line, index) => !isShown(line, index))
  const shown = lines.filter(isShown)
  return rest.length === 0 ? shown : [...shown, [`${rest.length} more`, sum(rest.map(([, cost]) => cost))]]
}

const element = (id) => document.getElementById(id)

/** A line of the table; the exact amount is its title. */
function tableLine(name, cost, total, currency) {
  const line = document.createElement('tr')
  const share = total === 0n ? '' : percent.format(Number(text(cost)) / Number(text(total)))
  for (const cell of [name, money(cost, currency), share]) line.insertCell().textContent = cell
  line.title = text(cost)
  return line
}

/** Amounts at the ends of bars, in place of an axis. */
const amounts = {
  id: 'amounts',
  afterDatasetsDraw(chart, _, { currency }) {
    const { ctx, data } = chart
    ctx.save()
    ctx.font = '13px system-ui, sans-serif'
    ctx.fillStyle = '#1d2430'
    ctx.textBaseline = 'middle'
    chart.getDatasetMeta(0).data.forEach((bar, index) => {
      ctx.fillText(money(data.costs[index], currency), Math.max(bar.x, bar.base) + 6, bar.y)
    })
    ctx.restore()
  },
}

function newChart(currency) {
  return new Chart(element('chart'), {
    type: 'bar',
    data: { labels: [], costs: [], datasets: [{ data: [], backgroundColor: '#2f6fb0', borderRadius: 2, maxBarThickness: 24 }] },
    options: {
      animation: false,
      indexAxis: 'y',
      maintainAspectRatio: false,
      layout: { padding: { right: 96 } },
      plugins: { legend: { display: false }, tooltip: { enabled: false }, amounts: { currency } },
      scales: {
        x: { display: false },
        y: { grid: { display: false }, border: { display: false }, ticks: { autoSkip: false, color: '#1d2430', font: { size: 13 } } },
      },
    },
    plugins: [amounts],
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
  const query = new URLSearchParams({ ...(month && { month }), columns: COLUMNS.join(',') })
  const response = await ask(`month.arrow?${query}`, { signal: newest.signal })
  chart?.destroy()
  chart = undefined
  for await (const { byCurrency, rows } of sums(response)) {
    // Amounts of different currencies are never added: the one with most services is drawn, and the others are named.
    const [[currency, byService], ...others] = [...byCurrency].sort(([, a], [, b]) => b.size - a.size)
    const lines = ranked(byService)
    const total = sum(byService.values())
    element('frame').style.height = `${3 + 2.25 * lines.length}rem`
    chart ??= newChart(currency)
    chart.data.labels = lines.map(([service]) => service)
    chart.data.costs = lines.map(([, cost]) => cost)
    chart.data.datasets[0].data = chart.data.costs.map((cost) => Number(text(cost)))
    chart.update()
    element('services').replaceChildren(...lines.map(([service, cost]) => tableLine(service, cost, total, currency)))
    element('sum').replaceChildren(tableLine('Total', total, total, currency))
    element('total').textContent = money(total, currency)
    const apart = others.map(([other, costs]) => `; apart from that ${money(sum(costs.values()), other)}`).join('')
    element('summary').textContent =
      `billed${month ? ` for ${monthName(month)}` : ''}, ${rows.toLocaleString('en')} charges; exactly ${text(total)} ${currency}${apart}`
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
  // A file by itself does not say which month it is.
  element('month').parentElement.hidden = months.length === 0
  element('month').replaceChildren(...months.map((month) => new Option(monthName(month), month)))
  element('month').addEventListener('change', (event) => show(event.target.value).catch(say))
  await show(months[0])
}

begin().catch(say)
