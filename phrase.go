package parley

// Messages that speak in the agreement's own words, and about what others said.
const (
	KindPhrase      Kind = "phrase"      // a numbered sentence of the agreement's phrasebook
	KindTranslation Kind = "translation" // what a message says, in another language, signed by its translator
	KindCorrect     Kind = "correct"     // what was wrong in a message of one's own; the original stays
)
