package triage

import (
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/rsit"
)

// tier puts a report into the queue's order. Machines stand behind people, whatever they write.
func tier(r Report, t rsit.Type, heard said, c concerned) (Tier, Reason) {
	running := heard.any("now") && harmful(t)
	switch {
	case r.Machine != nil || r.Auto:
		return TierMachine, Reason{"rank", "rank.machine", nil}
	case r.Answers.Urgent:
		return TierLife, Reason{"rank", "rank.urgent", nil}
	case heard.any("life") && harmful(t):
		return TierLife, Reason{"rank", "rank.life", []string{heard.shown("life")}}
	case c.essential != "" && running:
		return TierLife, Reason{"rank", "rank.service", []string{c.essential, heard.shown("now")}}
	case c.essential != "":
		return TierEssential, Reason{"rank", "rank.essential", []string{c.essential}}
	case slices.Contains([]constituency.Kind{constituency.Authority, constituency.Peer}, c.reporterKind):
		return TierDeadline, Reason{"rank", "rank.office", []string{c.reporter}}
	case heard.any("police") && heard.any("deadline"):
		return TierDeadline, Reason{"rank", "rank.deadline", []string{heard.shown("police"), heard.shown("deadline")}}
	}
	return TierPeople, Reason{"rank", "rank.people", nil}
}

// rank orders by tier, then by severity; of one rank the store shows the newest first.
func rank(t Tier, s Severity) int64 {
	return 10*int64(t) + int64(slices.Index(Severities(), s))
}

// fold names the source of a machine's report, "" for a person's.
func fold(r Report) string {
	source := ""
	switch {
	case r.Machine != nil:
		source = r.Machine.Source
	case !r.Auto:
		return ""
	}
	if source == "" {
		_, source, _ = strings.Cut(r.Reporter.Email, "@")
	}
	if source == "" {
		source = "unknown"
	}
	source = strings.Join(strings.Fields(strings.ToLower(strings.ToValidUTF8(source, " "))), "-") // one word, so that the queue can be asked for it
	return source[:min(len(source), longestFold)]
}

const longestFold = 100

// move suggests what to do first.
func move(r Report, a Assessment, heard said) (Move, Reason) {
	ours, sure := len(a.Concerned) > 0, len(a.Similar) > 0 && a.Similar[0].Score >= sureSimilar
	bad := a.Severity == High || a.Severity == Critical
	switch {
	case a.Quarantine:
		return MovePass, Reason{"move", "move.child", nil}
	case heard.any("test") && !bad:
		return MoveTest, Reason{"move", "move.test", []string{heard.shown("test")}}
	case r.Machine == nil && (r.Auto || heard.any("buy")) && len(a.Indicators) == 0 && !ours:
		return MoveReject, Reason{"move", "move.nothing", nil}
	case sure:
		return MoveLink, Reason{"move", "move.similar", nil}
	case bad && r.Machine == nil:
		return MoveOpen, Reason{"move", "move.severe", []string{string(a.Severity)}}
	case ours:
		return MoveInvestigate, Reason{"move", "move.ours", []string{a.Concerned[0].Organisation}}
	case len(a.Indicators) == 0:
		return MoveAsk, Reason{"move", "move.little", nil}
	}
	return MovePass, Reason{"move", "move.others", nil}
}

// sureSimilar is the score from which a report is thought to be about the same thing.
const sureSimilar = 60

// child reports suspected child abuse material: by the type of a machine's report, the reporter's answer, or the reporter's own words.
func child(r Report, heard said) (Reason, bool) {
	if r.Machine != nil && slices.Contains([]string{"csam", "csem"}, machineKind(r.Machine)) {
		return Reason{"quarantine", "quarantine.field", []string{r.Machine.Type}}, true
	}
	if r.Answers.Children {
		return Reason{"quarantine", "quarantine.answer", nil}, true
	}
	if heard.any("child") {
		return Reason{"quarantine", "quarantine.words", []string{heard.shown("child")}}, true
	}
	return Reason{}, false
}
