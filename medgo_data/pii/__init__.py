"""What could tell who a patient is leaves the text here.

How it hangs together, from the recipe inwards:

    scrub              the stage; operate, shift and surrogate say what comes in the place of an identifier
    engine             finds: folds the texts, asks the gate which lines can hold anything, and has Presidio read those
    fold, kernel       a text as rules read it, and the way back; gate and needs: which words a rule cannot do without
    numbers, dates     rules, with checks of what they find; names: rules, and the decision whom the taggers really saw
    places             addresses, hospitals and employers of a line, read by a grammar, and what of them may overlap
    hospitals, employers  their last words and short names; institutions: both, read back from the last word to the first
    addresses, homes   addresses, read forward; homes: villages, doors and hometowns that stand without one
    proper, lexicon    where a name begins and whether it names anybody; which words say something; gazetteer: all places
    seek               what is sought by what stands beside it, and which of what was found is taken
    short              institutions in short behind their place, and branches of known firms
    tables, heads, records   what layout tells; terms: what only seems to be somebody in a list of words
    again              what was found, wherever it stands again
    believed, called, days, beside   what nobody announced, in a text about somebody: places that taggers saw, nicknames
                       and given names, days in short, numbers and beds; so also on the web where a text is plainly a record
    clauses            what the taggers read: lac, which jieba brings, and tagger with net, which is ours
    invent, fit        the texts that ours learned from (texts/), and how
"""

from medgo_data.pii.scrub import Scrub

__all__ = ["Scrub"]
