package countermeasure

import (
	"strings"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Link is the path of a countermeasure's page.
func Link(name string) string { return "/countermeasures/" + name }

// tell adds a line to the incident's timeline: code is behind "takedown.".
func (s *Service) tell(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r *record, code string, args map[string]string) error {
	all := map[string]string{"party": "", "reason": "", "ref": r.Ref, "kind": string(r.Kind), "asset": Defang(r.Asset.Value)}
	for k, v := range args {
		all[k] = v
	}
	return s.o.Incidents.Tell(tx, actor, in, incident.Entry{Code: "takedown." + code, Args: all, Link: Link(r.ID)})
}

// Defang writes an address so that nobody follows it by accident.
func Defang(value string) string {
	if scheme, rest, ok := strings.Cut(value, "://"); ok && strings.HasPrefix(scheme, "http") {
		host, path, _ := strings.Cut(rest, "/")
		value = "hxxp" + strings.TrimPrefix(scheme, "http") + "://" + strings.ReplaceAll(host, ".", "[.]")
		if strings.Contains(rest, "/") {
			value += "/" + path
		}
		return value
	}
	return strings.ReplaceAll(value, ".", "[.]")
}

// The words of our letters.
var (
	wants = map[Kind]string{Takedown: "take down", Block: "block"}
	nouns = map[AssetKind]string{URL: "web address", Domain: "domain", Address: "IP address", Mailbox: "mailbox", Other: "resource"}
	uses  = map[Abuse]string{
		Phishing: "phishing", Malware: "the distribution of malware", Fraud: "fraud", Compromise: "abuse after a break-in",
		Control: "the control of malware", Spam: "unsolicited mail", Misuse: "abuse",
	}
	openings = map[MoveName]string{
		MoveAsk:      "We ask you to %WANT% the following %NOUN%, which is used for %USE%.",
		MoveChase:    "On %DATE% we asked you to %WANT% the following %NOUN%, which is used for %USE%. It still seems to be there. Please act, or tell us why you cannot.",
		MoveEscalate: "We ask you to %WANT% the following %NOUN%, which is used for %USE%. Whoever is nearer to it was asked on %DATE% and did not end it.",
		MoveRelapse:  "On %DATE% we asked you to %WANT% the following %NOUN%, which is used for %USE%. It was gone, and is back. Please act again.",
		MoveWithdraw: "On %DATE% we asked you to %WANT% the following %NOUN%. We take this back: you need not do anything more about it.",
		MoveLift:     "On %DATE% we asked you to %WANT% the following %NOUN%. The reason has gone: please lift the block.",
	}
)

// subjectOf is the subject of a first message to a party.
func subjectOf(r *record) string {
	return "Request to " + wants[r.Kind] + ": " + clip(Defang(r.Asset.Value), 150)
}

// letter is the text of a message for people, unless a person wrote another.
func (s *Service) letter(r *record, move MoveName, since time.Time) string {
	fill := strings.NewReplacer("%WANT%", wants[r.Kind], "%NOUN%", nouns[r.Asset.Kind], "%USE%", uses[r.Abuse], "%DATE%", since.In(s.o.Team.Zone).Format("2 January 2006"))
	lines := []string{"Hello,", "", fill.Replace(openings[move]), "", "    " + Defang(r.Asset.Value)}
	if r.Asset.Seen != "" {
		lines = append(lines, "    seen at "+r.Asset.Seen)
	}
	if move == MoveAsk || move == MoveEscalate || move == MoveChase || move == MoveRelapse {
		lines = append(lines, "", origins[r.Checklist.Origin])
		if r.Words != "" {
			lines = append(lines, "", r.Words)
		}
		lines = append(lines, "", "The same as a report for machines (X-ARF v4) is attached. Please keep what could be evidence (logs, files, the account's data) before you remove it, and answer to this mail.")
	}
	return strings.Join(append(lines, "", "Our reference: "+r.Ref, s.o.Team.Name), "\n") + "\n"
}

var origins = map[Origin]string{
	Compromised: "We believe that the site was broken into: its owner does not know of it and needs help to mend it.",
	Malicious:   "We believe that it was made for this purpose: nobody who uses it lawfully is harmed when it goes.",
}
