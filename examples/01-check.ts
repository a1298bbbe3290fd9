/** Compiles a spec written in place and says what the model costs; then what the compiler says of a mistake. */
import { check, compile, costsOf, renderReport, renderText } from '../src/index';

const text = `
import { PixelDiT } from "../specs/pixeldit"

model Small = PixelDiT(size: 64x64, classes: 10, patch: 8, width: 256, heads: 4, depth: 4, pixel_depth: 2)
`;

const { model } = compile('examples/small.weft', { text });
console.log(renderReport(costsOf(model)));

const { diagnostics } = check('examples/small.weft', { text: text.replace('patch: 8', 'patch: 7') });
console.log(`\n${renderText(diagnostics)}`);
