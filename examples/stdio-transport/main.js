// @ts-check
// Run from a folder of your own: node main.js. The data is kept in .tradepost there.
import { createTradepost } from 'tradepost';
import { embedded } from 'tradepost/embedded';
import { serveLines } from './stdio.js';

const tradepost = await createTradepost({ storage: embedded({ directory: '.tradepost' }) });
const stop = serveLines(tradepost, process.stdin, process.stdout);
process.stdin.on('end', async () => {
  stop();
  await tradepost.close();
});
