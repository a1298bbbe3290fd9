/** Train, sample and export sections after checking: plain data that the programs and runners read. */
export type { Optimizer } from './optimizers';
export type { Alignment, TeacherModel } from './alignment';
export type { DataSource } from './data/index';
export type { EmojiStyle } from './data/emoji';
export type { TextSettings } from './encoders';
export type { ExportSettings } from './export';
export type { Objective, Prediction, TimeSampling } from './objectives';
export type { GivenValues, Guidance, SampleSettings } from './sample';
export type { Phase, PhaseChanges, Precision, Recompute, ScoreSettings, TrainRecipe } from './train';
