/** The words of ONNX graphs: those of the op records. */
import { dialectWords } from '../../compiler/emit/words';

export const onnxWords = dialectWords('onnx');
