/** The words of ONNX graphs: those of the op records. */
// Tested by test/backends/onnx/model.test.ts.
import { dialectWords } from '../../compiler/emit/words';

export const onnxWords = dialectWords('onnx');
