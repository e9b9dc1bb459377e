package app

import (
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
)

// letterLanguage is the language of a letter to a contact: French for who asked for it, else English.
func letterLanguage(c constituency.Contact) string {
	if strings.HasPrefix(c.Language, "fr") {
		return "fr"
	}
	return "en"
}

// letterText is a letter in one language: {us}, {name}, {until}, {link} and {details} are filled in.
type letterText struct{ subject, text string }

var letterTexts = map[team.LetterKind]map[string]letterText{
	team.AskConfirm: {
		"en": {"Is what we know of {name} still right?", "{us} keeps the following about your team, to reach you when something concerns your networks.\n\n{details}\n\nIf all of it is right, open this page and press the button; to open it alone changes nothing:\n\n{link}\n\nIf something is wrong, write it there. The link works once, until {until}.\n"},
		"fr": {"Ce que nous savons de {name} est-il encore juste ?", "{us} conserve ce qui suit au sujet de votre équipe, pour vous joindre quand quelque chose concerne vos réseaux.\n\n{details}\n\nSi tout est juste, ouvrez cette page et appuyez sur le bouton ; l'ouvrir seulement ne change rien :\n\n{link}\n\nSi quelque chose est faux, écrivez-le là. Le lien sert une fois, jusqu'au {until}.\n"},
	},
	team.TellPropose: {
		"en": {"Somebody asked to change a contact of {name}", "At {us} somebody asked to change how we reach {name}:\n\n{details}\n\nA second person decides about it. If you know nothing of this, answer at once, or ring us.\n"},
		"fr": {"On a demandé de changer un contact de {name}", "Chez {us}, quelqu'un a demandé de changer la manière de joindre {name} :\n\n{details}\n\nUne seconde personne en décide. Si vous n'en savez rien, répondez tout de suite ou appelez-nous.\n"},
	},
	team.TellChange: {
		"en": {"A contact of {name} was changed", "{us} has changed how it reaches {name}:\n\n{details}\n\nThis goes to the addresses that we had before. If you know nothing of this, answer at once, or ring us.\n"},
		"fr": {"Un contact de {name} a été changé", "{us} a changé la manière de joindre {name} :\n\n{details}\n\nCeci est envoyé aux adresses que nous avions auparavant. Si vous n'en savez rien, répondez tout de suite ou appelez-nous.\n"},
	},
	team.TellRefused: {
		"en": {"A change of a contact of {name} was refused", "{us} was asked to change how it reaches {name}, and has not done so:\n\n{details}\n"},
		"fr": {"Le changement d'un contact de {name} a été refusé", "On a demandé à {us} de changer la manière de joindre {name} ; cela n'a pas été fait :\n\n{details}\n"},
	},
	team.TellLapse: {
		"en": {"Our agreement with {name} ends on {until}", "The agreement between {us} and {name} ends on {until}:\n\n{details}\n\nFrom then on less may pass between us. Tell us if you wish to renew it.\n"},
		"fr": {"Notre accord avec {name} prend fin le {until}", "L'accord entre {us} et {name} prend fin le {until} :\n\n{details}\n\nEnsuite, moins de choses pourront passer entre nous. Dites-nous si vous voulez le renouveler.\n"},
	},
}

// teamLetter writes a letter.
func teamLetter(l team.Letter, us string, zone *time.Location) (subject, text string) {
	t := letterTexts[l.Kind][letterLanguage(l.To)]
	var details strings.Builder
	for _, line := range l.Details {
		if strings.TrimSpace(line) != "" {
			details.WriteString("  " + line + "\n")
		}
	}
	fill := strings.NewReplacer("{us}", teamName(us), "{name}", l.Name, "{until}", l.Until.In(zone).Format(time.DateOnly), "{link}", l.Link,
		"{details}", strings.TrimRight(details.String(), "\n"))
	return fill.Replace(t.subject), fill.Replace(t.text)
}
