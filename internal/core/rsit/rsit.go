// Package rsit holds the Reference Security Incident Taxonomy, version 1003:
// 11 classes with 39 types of incidents, by which European teams tell each other
// what happened.
//
// The names are those of the taxonomy (ENISA's task force,
// enisaeu/Reference-Security-Incident-Taxonomy-Task-Force, CC0-1.0); the
// descriptions are our own short words.
package rsit

import "strings"

// Version is the version of the taxonomy.
const Version = 1003

// Class is one of the classes, as written in the taxonomy: "malicious-code".
type Class string

// Type is one of the types, as written in the taxonomy: "infected-system".
type Type string

// The classes.
const (
	AbusiveContent             Class = "abusive-content"
	MaliciousCode              Class = "malicious-code"
	InformationGathering       Class = "information-gathering"
	IntrusionAttempts          Class = "intrusion-attempts"
	Intrusions                 Class = "intrusions"
	Availability               Class = "availability"
	InformationContentSecurity Class = "information-content-security"
	Fraud                      Class = "fraud"
	Vulnerable                 Class = "vulnerable"
	Other                      Class = "other"
	Test                       Class = "test"
)

// Types that our own code names.
const (
	InfectedSystem                Type = "infected-system"
	C2Server                      Type = "c2-server"
	DDoS                          Type = "ddos"
	DDoSAmplifier                 Type = "ddos-amplifier"
	PotentiallyUnwantedAccessible Type = "potentially-unwanted-accessible"
	VulnerableSystem              Type = "vulnerable-system"
	WeakCrypto                    Type = "weak-crypto"
	Undetermined                  Type = "undetermined"
	OtherType                     Type = "other"
	TestType                      Type = "test"
	InformationDisclosure         Type = "information-disclosure"
	UnauthorisedInformationAccess Type = "unauthorised-information-access"
	UnprivilegedAccountCompromise Type = "unprivileged-account-compromise"
)

// Lookup finds a type by its name, in any case and with blanks or underscores
// for hyphens, and false if the taxonomy has no such type.
func Lookup(name string) (Type, bool) {
	name = spelling.Replace(strings.ToLower(strings.TrimSpace(name)))
	if i, ok := byName[Type(name)]; ok {
		return table[i].name, true
	}
	return "", false
}

// LookupClass finds a class as Lookup finds a type.
func LookupClass(name string) (Class, bool) {
	name = spelling.Replace(strings.ToLower(strings.TrimSpace(name)))
	for _, c := range classes {
		if string(c.name) == name {
			return c.name, true
		}
	}
	return "", false
}

var spelling = strings.NewReplacer(" ", "-", "_", "-")

// Class returns the type's class, and "" for what is no type.
func (t Type) Class() Class {
	if i, ok := byName[t]; ok {
		return table[i].class
	}
	return ""
}

// Title returns the type's name for people, such as "Infected system".
func (t Type) Title() string {
	if i, ok := byName[t]; ok {
		return table[i].title
	}
	return string(t)
}

// Description says in a sentence what the type is.
func (t Type) Description() string {
	if i, ok := byName[t]; ok {
		return table[i].text
	}
	return ""
}

// Title returns the class's name for people, such as "Malicious code".
func (c Class) Title() string {
	for _, k := range classes {
		if k.name == c {
			return k.title
		}
	}
	return string(c)
}

// Description says in a sentence what the class is.
func (c Class) Description() string {
	for _, k := range classes {
		if k.name == c {
			return k.text
		}
	}
	return ""
}

// Types returns the types in the taxonomy's order.
func Types() []Type {
	out := make([]Type, len(table))
	for i, t := range table {
		out[i] = t.name
	}
	return out
}

// Classes returns the classes in the taxonomy's order.
func Classes() []Class {
	out := make([]Class, len(classes))
	for i, c := range classes {
		out[i] = c.name
	}
	return out
}

// TypesOf returns the types of a class in the taxonomy's order.
func TypesOf(c Class) []Type {
	var out []Type
	for _, t := range table {
		if t.class == c {
			out = append(out, t.name)
		}
	}
	return out
}
