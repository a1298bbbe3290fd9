/** Compiles a spec written in place and says what the model costs; then what the compiler says of a mistake. */
import { join } from 'node:path';
import { check, compile, costsOf, renderReport, renderText, specsFolder } from 'weft';

const text = `
import { PixelDiT } from "../pixeldit"

model Small = PixelDiT(size: 64x64, classes: 10, patch: 8, width: 256, heads: 4, depth: 4, pixel_depth: 2)
`;

const { model } = compile(join(specsFolder, 'examples/small.weft'), { text });
console.log(renderReport(costsOf(model)));

const { diagnostics } = check(join(specsFolder, 'examples/small.weft'), { text: text.replace('patch: 8', 'patch: 7') });
console.log(`\n${renderText(diagnostics)}`);
