/** Measures one case in a process of its own and prints the figures as one line of JSON. */
import { openCase, type MemoryCase } from './cases';
import { measureTfjs, measureXla } from './measure';

const task = JSON.parse(process.argv[2]!) as MemoryCase;
const { model, recipe } = openCase(task);
const measure = task.backend === 'tensorflow' ? measureXla : measureTfjs;
console.log(JSON.stringify(await measure(model, recipe)));
