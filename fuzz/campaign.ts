/** What a campaign of random inputs is, and what all of them share. */

export interface CampaignOptions {
  /** How long to go on, in seconds. */
  readonly seconds: number;
  /** Decides every input: the same seed gives the same inputs in the same order, whatever the machine. */
  readonly seed: number;
}

/** Something that went wrong, with the smallest input known to show it. */
export interface Finding {
  /** One line: what happened. Findings of one title count as one. */
  readonly title: string;
  /** The file that holds the input. */
  readonly file: string;
}

/** What came of a campaign: counts to print, by name, and what was found. */
export interface CampaignResult {
  readonly counts: { readonly [what: string]: number };
  readonly findings: readonly Finding[];
  /** Lines to print after the counts. */
  readonly notes?: readonly string[];
}

export type Campaign = (options: CampaignOptions) => Promise<CampaignResult>;
