// Reads a month as Arrow, adds up its costs by service while it arrives, and draws a chart.
/* global Arrow, Chart */

import { COLUMNS, amount, exact, ranked, sums, text, total } from './sums.js'

const percent = new Intl.NumberFormat('en', { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 })

const monthName = (month) => new Date(`${month}-01T00:00:00Z`).toLocaleDateString('en', { month: 'long', year: 'numeric', timeZone: 'UTC' })

/** Yields the chunks of a response. apache-arrow treats an error of a stream as its end; an error of this generator is thrown. */
async function* pieces(response) {
  const reader = response.body.getReader()
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value
}

const element = (id) => document.getElementById(id)

/** Creates a line of the table. Its title is the exact amount. */
function tableLine(name, sum, whole, currency) {
  const line = document.createElement('tr')
  const share = whole.cost === 0n || sum.known === 0 ? '' : percent.format(Number(text(sum.cost)) / Number(text(whole.cost)))
  for (const cell of [name, amount(sum, currency), share]) line.insertCell().textContent = cell
  line.title = exact(sum)
  return line
}

/** Draws the amounts at the ends of the bars, in place of an axis. */
const amounts = {
  id: 'amounts',
  afterDatasetsDraw(chart, _, { currency }) {
    const { ctx, data } = chart
    ctx.save()
    ctx.font = '13px system-ui, sans-serif'
    ctx.fillStyle = '#1d2430'
    ctx.textBaseline = 'middle'
    chart.getDatasetMeta(0).data.forEach((bar, index) => {
      ctx.fillText(amount(data.sums[index], currency), Math.max(bar.x, bar.base) + 6, bar.y)
    })
    ctx.restore()
  },
}

function newChart(currency) {
  return new Chart(element('chart'), {
    type: 'bar',
    data: { labels: [], sums: [], datasets: [{ data: [], backgroundColor: '#2f6fb0', borderRadius: 2, maxBarThickness: 24 }] },
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

/** Sends a request. Returns the response, or throws the error of the service. */
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
  for await (const { byCurrency, rows } of sums(await Arrow.RecordBatchReader.from(pieces(response)))) {
    // Amounts in different currencies are never added: the currency with the most services is drawn, the others are listed.
    const [[currency, byService], ...others] = [...byCurrency].sort(([, a], [, b]) => b.size - a.size)
    const lines = ranked(byService)
    const whole = total(byService.values())
    element('frame').style.height = `${3 + 2.25 * lines.length}rem`
    chart ??= newChart(currency)
    chart.data.labels = lines.map(([service]) => service)
    chart.data.sums = lines.map(([, sum]) => sum)
    // A service without a known cost has no bar.
    chart.data.datasets[0].data = chart.data.sums.map(({ cost, known }) => (known === 0 ? null : Number(text(cost))))
    chart.update()
    element('services').replaceChildren(...lines.map(([service, sum]) => tableLine(service, sum, whole, currency)))
    element('sum').replaceChildren(tableLine('Total', whole, whole, currency))
    element('total').textContent = amount(whole, currency)
    const apart = others.map(([other, services]) => `; apart from that ${amount(total(services.values()), other)}`).join('')
    const unit = currency ?? 'without a currency'
    const said = whole.unknown === 0 ? `exactly ${exact(whole)} ${unit}` : `${unit}: ${exact(whole)}`
    element('summary').textContent =
      `billed${month ? ` for ${monthName(month)}` : ''}, ${rows.toLocaleString('en')} charges; ${said}${apart}`
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
  // A single file has no billing period.
  element('month').parentElement.hidden = months.length === 0
  element('month').replaceChildren(...months.map((month) => new Option(monthName(month), month)))
  element('month').addEventListener('change', (event) => show(event.target.value).catch(say))
  await show(months[0])
}

begin().catch(say)
