package cli

// Examples, for each command of intelligence that has a query or an object.

func (*intelImport) Help() string {
	return examples(
		"parley intel import events.json indicators.csv blocklist.txt",
		"parley intel import --dry-run - < report.json        # say what stands in it, and take nothing",
		"parley intel import --marking TLP:AMBER --label phishing --source lab samples.txt")
}

func (*intelSearch) Help() string {
	return examples(
		"parley intel search 192[.]0.2.1                      # by a value, also defanged",
		"parley intel search 192.0.2.1 --covering             # also an indicator for 192.0.2.0/24",
		"parley intel search label:phishing type:indicator tlp:green",
		"parley intel search dropper loader                   # words, all of them",
		"parley intel search --new                            # what counterparts gave since you looked last")
}

func (*intelShow) Help() string {
	return examples(
		"parley intel show indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
		"parley intel show indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f --raw > object.json")
}

func (*intelExport) Help() string {
	return examples(
		"parley intel export label:phishing --tlp green -o out.json",
		"parley intel export type:indicator --format list -o block.txt",
		"parley intel export --format misp-feed --tlp green -o feed/")
}

func (*intelSend) Help() string {
	return examples(
		"parley intel send label:phishing --to borea.example/cert --marking TLP:AMBER --dry-run",
		"parley intel send label:phishing --to borea.example/cert --marking TLP:AMBER -m 'Seen at two banks' --wait")
}

func (*intelRuleAdd) Help() string {
	return examples(
		"parley intel rule add green label:phishing --tlp green --to borea.example/cert",
		"parley intel rule add daily type:report --to borea.example/cert --every 24h --past")
}

func (*intelSighting) Help() string {
	return examples(
		"parley intel sighting indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f --count 12 -m 'At two banks'",
		"parley intel sighting indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f --false-positive")
}

func (*intelOpinion) Help() string {
	return examples("parley intel opinion indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f agree -m 'We see the same'")
}

func (*intelRecall) Help() string {
	return examples(
		"parley intel recall aster/118 --reason wrong -m 'The address was ours'",
		"parley intel recall aster/118 --reason harmless --object indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f")
}

func (*intelRecalled) Help() string {
	return examples("parley intel recalled borea/42", "parley intel recalled borea/42 --cannot law -m 'It is evidence in a case'")
}

// examples are lines that a reader can type.
func examples(lines ...string) string {
	text := "For example:\n"
	for _, l := range lines {
		text += "\n    " + l
	}
	return text
}
