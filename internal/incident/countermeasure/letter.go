package countermeasure

import (
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// wording is the words of our letters in a language.
type wording struct {
	wants                                    map[Kind]string
	nouns                                    map[AssetKind]string
	uses                                     map[Abuse]string
	openings                                 map[MoveName]string
	origins                                  map[Origin]string
	subject, hello, seen, closing, reference string
	reminder                                 string // of the block that is to be lifted
	day                                      func(time.Time) string
}

// English is what is written to whom the register knows no other language of.
const (
	English = "en"
	French  = "fr"
)

var wordings = map[string]*wording{
	English: {
		wants: map[Kind]string{Takedown: "take down", Block: "block"},
		nouns: map[AssetKind]string{URL: "web address", Domain: "domain", Address: "IP address", Mailbox: "mailbox", Other: "resource"},
		uses: map[Abuse]string{
			Phishing: "phishing", Malware: "the distribution of malware", Fraud: "fraud", Compromise: "abuse after a break-in",
			Control: "the control of malware", Spam: "unsolicited mail", Misuse: "abuse",
		},
		openings: map[MoveName]string{
			MoveAsk:      "We ask you to %WANT% the following %NOUN%, which is used for %USE%.",
			MoveChase:    "On %DATE% we asked you to %WANT% the following %NOUN%, which is used for %USE%. It still seems to be there. Please act, or tell us why you cannot.",
			MoveEscalate: "We ask you to %WANT% the following %NOUN%, which is used for %USE%. Whoever is nearer to it was asked on %DATE% and did not end it.",
			MoveRelapse:  "On %DATE% we asked you to %WANT% the following %NOUN%, which is used for %USE%. It was gone, and is back. Please act again.",
			MoveWithdraw: "On %DATE% we asked you to %WANT% the following %NOUN%. We take this back: you need not do anything more about it.",
			MoveLift:     "On %DATE% we asked you to %WANT% the following %NOUN%. The reason has gone: please lift the block, and tell us when it is off.",
			MoveKeep:     "On %DATE% we asked you to %WANT% the following %NOUN%, and since then to lift the block. We take the latter back: please keep the block.",
		},
		origins: map[Origin]string{
			Compromised: "We believe that the site was broken into: its owner does not know of it and needs help to mend it.",
			Malicious:   "We believe that it was made for this purpose: nobody who uses it lawfully is harmed when it goes.",
		},
		reminder: "On %DATE% we asked you to %WANT% the following %NOUN%, and since then to lift the block. Please lift it if it is still in force, and tell us when it is off.",
		subject:  "Request to %WANT%: ", hello: "Hello,", seen: "seen at ", reference: "Our reference: ",
		closing: "The same as a report for machines (X-ARF v4) is attached. Please keep what could be evidence (logs, files, the account's data) before you remove it, and answer to this mail.",
		day:     func(t time.Time) string { return t.Format("2 January 2006") },
	},
	French: {
		wants: map[Kind]string{Takedown: "retirer", Block: "bloquer"},
		nouns: map[AssetKind]string{URL: "l’adresse web suivante", Domain: "le domaine suivant", Address: "l’adresse IP suivante", Mailbox: "la boîte aux lettres suivante", Other: "la ressource suivante"},
		uses: map[Abuse]string{
			Phishing: "l’hameçonnage", Malware: "la diffusion de logiciels malveillants", Fraud: "la fraude", Compromise: "des abus à la suite d’une intrusion",
			Control: "la commande de logiciels malveillants", Spam: "l’envoi de courrier non sollicité", Misuse: "des abus",
		},
		openings: map[MoveName]string{
			MoveAsk:      "Nous vous demandons de %WANT% %NOUN%, qui sert à %USE%.",
			MoveChase:    "Le %DATE%, nous vous avons demandé de %WANT% %NOUN%, qui sert à %USE%. Cela semble toujours en place. Veuillez agir, ou nous dire pourquoi vous ne le pouvez pas.",
			MoveEscalate: "Nous vous demandons de %WANT% %NOUN%, qui sert à %USE%. Qui en est plus proche a été sollicité le %DATE% et n’y a pas mis fin.",
			MoveRelapse:  "Le %DATE%, nous vous avons demandé de %WANT% %NOUN%, qui sert à %USE%. Cela avait disparu, et c’est revenu. Veuillez agir à nouveau.",
			MoveWithdraw: "Le %DATE%, nous vous avons demandé de %WANT% %NOUN%. Nous retirons cette demande : vous n’avez plus rien à faire.",
			MoveLift:     "Le %DATE%, nous vous avons demandé de %WANT% %NOUN%. La raison a disparu : veuillez lever le blocage, et nous dire quand c’est fait.",
			MoveKeep:     "Le %DATE%, nous vous avons demandé de %WANT% %NOUN%, puis de lever le blocage. Nous revenons sur ce dernier point : veuillez maintenir le blocage.",
		},
		origins: map[Origin]string{
			Compromised: "Nous pensons que le site a été piraté : son propriétaire l’ignore et a besoin d’aide pour le réparer.",
			Malicious:   "Nous pensons que cela a été créé dans ce but : personne qui s’en sert licitement n’est lésé par le retrait.",
		},
		reminder: "Le %DATE%, nous vous avons demandé de %WANT% %NOUN%, puis de lever le blocage. Veuillez le lever s’il est encore en place, et nous dire quand c’est fait.",
		subject:  "Demande de %WANT% : ", hello: "Bonjour,", seen: "vu à l’adresse ", reference: "Notre référence : ",
		closing: "Le même signalement, lisible par machine (X-ARF v4), est joint. Veuillez conserver ce qui peut servir de preuve (journaux, fichiers, données du compte) avant tout retrait, et répondre à ce courrier.",
		day: func(t time.Time) string {
			return strconv.Itoa(t.Day()) + " " + [...]string{
				"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
			}[t.Month()-1] + " " + strconv.Itoa(t.Year())
		},
	},
}

// language is that in which a party is written to: of its contact in the register, or of the one with its address; else English.
func language(tx *sqldb.Tx, p *Party) (string, error) {
	tag, err := constituency.LanguageIn(tx, p.Contact, p.Email)
	if primary, _, _ := strings.Cut(strings.ToLower(tag), "-"); wordings[primary] != nil {
		return primary, err
	}
	return English, err
}

// subjectOf is the subject of a first message to a party.
func subjectOf(r *record, lang string) string {
	w := wordings[lang]
	return strings.ReplaceAll(w.subject, "%WANT%", w.wants[r.Kind]) + clip(Defang(r.Asset.Value), 150)
}

// letter is the text of a message for people, unless a person wrote another.
func (s *Service) letter(r *record, move MoveName, since time.Time, lang string) string {
	w := wordings[lang]
	fill := strings.NewReplacer("%WANT%", w.wants[r.Kind], "%NOUN%", w.nouns[r.Asset.Kind], "%USE%", w.uses[r.Abuse], "%DATE%", w.day(since.In(s.o.Team.Zone)))
	opening := w.openings[move]
	if move == MoveLift && r.State == Lifting {
		opening = w.reminder
	}
	lines := []string{w.hello, "", fill.Replace(opening), "", "    " + Defang(r.Asset.Value)}
	if r.Asset.Seen != "" {
		lines = append(lines, "    "+w.seen+r.Asset.Seen)
	}
	if move == MoveAsk || move == MoveEscalate || move == MoveChase || move == MoveRelapse {
		lines = append(lines, "", w.origins[r.Checklist.Origin])
		if r.Words != "" {
			lines = append(lines, "", r.Words)
		}
		lines = append(lines, "", w.closing)
	}
	return strings.Join(append(lines, "", w.reference+r.Ref, s.o.Team.Name), "\n") + "\n"
}

// untouched tells whether a text is the letter that was offered, in whichever language: it is then written in that of who gets it.
func (s *Service) untouched(r *record, move MoveName, since time.Time, text string) bool {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" {
		return true
	}
	for lang := range wordings {
		if text == strings.Join(strings.Fields(s.letter(r, move, since, lang)), " ") {
			return true
		}
	}
	return false
}
