package team

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
)

// Format is how a file of teams is written.
type Format string

// The formats.
const (
	FormatFIRST Format = "first" // api.first.org/data/v1/teams
	FormatTI    Format = "ti"    // Trusted Introducer's teams.json
	FormatCSV   Format = "csv"
)

// Formats lists the formats.
func Formats() []Format { return []Format{FormatFIRST, FormatTI, FormatCSV} }

// ParseFormat reads a format; "" finds it out by looking at the file. Errors: Invalid.
func ParseFormat(s string) (Format, error) {
	if s == "" {
		return "", nil
	}
	return word("format", s, Formats())
}

// What is taken of one file, and of one team.
const (
	maxFile     = 16 << 20
	maxTeams    = 20_000
	maxContacts = 20
	maxNetworks = 2000
)

// record is a team as a file tells of it.
type record struct {
	line     int // of a CSV file, else the place in the list, from 1
	name     string
	country  string
	team     Team
	says     map[string]bool // which of the team's facts the file speaks of, by the names of factColumns
	contacts []constituency.Contact
	networks []string
	keyless  string   // why its key was left out
	refused  []string // networks that were left out, with the reason
}

// Rejected is what of a file could not be taken.
type Rejected struct {
	Line   int    `json:"line"` // of a CSV file, else the place in the list, from 1
	Team   string `json:"team,omitempty"`
	Reason string `json:"reason"`
}

func (r Rejected) String() string {
	if r.Line == 0 {
		return r.Reason
	}
	if r.Team == "" {
		return fmt.Sprintf("%d: %s", r.Line, r.Reason)
	}
	return fmt.Sprintf("%d, %s: %s", r.Line, r.Team, r.Reason)
}

// read reads a file of teams. An error means that nothing of it can be read.
func read(data []byte, format Format) (list []record, rejected []Rejected, source Source, err error) {
	if len(data) > maxFile {
		return nil, nil, "", problem.New(problem.Invalid, "the file is larger than %d MiB: split it", maxFile>>20)
	}
	if format == "" {
		format = guess(data)
	}
	switch format {
	case FormatFIRST:
		list, rejected, err = readFIRST(data)
		source = FromFIRST
	case FormatTI:
		list, rejected, err = readTI(data)
		source = TrustedIntroducer
	default:
		list, rejected, err = readCSV(data)
		source = FromCSV
	}
	if err == nil && len(list) > maxTeams {
		err = problem.New(problem.Invalid, "the file has %d teams: at most %d are taken at once", len(list), maxTeams)
	}
	return list, rejected, source, err
}

// guess tells a format by how a file begins.
func guess(data []byte) Format {
	switch text := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))); {
	case bytes.HasPrefix(text, []byte("{")):
		return FormatFIRST
	case bytes.HasPrefix(text, []byte("[")):
		return FormatTI
	}
	return FormatCSV
}

// finish checks a record. Errors: Invalid, naming what is wrong; a contact or a network that cannot be is left out instead, with the reason.
func (r *record) finish() (left []string, err error) {
	if r.name, err = constituency.CleanName(r.name); err != nil {
		return nil, err
	}
	if r.country != "" {
		c, err := constituency.ParseCountry(r.country)
		if err != nil {
			return nil, err
		}
		r.country = string(c)
	}
	if r.team, err = r.team.normal(); err != nil {
		return nil, err
	}
	left = append(r.finishContacts(), r.finishNetworks()...)
	left = append(left, r.refused...)
	if r.keyless != "" {
		left = append(left, r.keyless)
	}
	return left, nil
}

func (r *record) finishContacts() (left []string) {
	kept, seen := r.contacts[:0], map[string]bool{}
	for i, c := range r.contacts {
		if i >= maxContacts {
			return append(left, fmt.Sprintf("of %d contacts %d were taken", len(r.contacts), maxContacts))
		}
		clean, err := constituency.CleanContact(c)
		id := string(clean.Channel) + clean.Address + string(clean.Purpose)
		switch {
		case err != nil:
			left = append(left, "contact left out: "+err.Error())
		case !seen[id]:
			seen[id] = true
			kept = append(kept, clean)
		}
	}
	r.contacts = kept
	return left
}

func (r *record) finishNetworks() (left []string) {
	kept, seen := r.networks[:0], map[string]bool{}
	for i, text := range r.networks {
		if i >= maxNetworks {
			return append(left, fmt.Sprintf("of %d networks %d were taken", len(r.networks), maxNetworks))
		}
		_, value, err := constituency.ParseNetwork(text)
		switch {
		case err != nil:
			left = append(left, "network left out: "+err.Error())
		case !seen[value]:
			seen[value] = true
			kept = append(kept, value)
		}
	}
	r.networks = kept
	return left
}

// say notes that the file speaks of a fact.
func (r *record) say(fact string, said bool) {
	if said {
		r.says[fact] = true
	}
}

// newRecord is a record of a source, whose defaults are for a team that nobody knows yet.
func newRecord(line int, source Source) record {
	return record{line: line, says: map[string]bool{}, team: Team{Source: source, Handling: tlp.AmberStrict}}
}

// mailContact is a mailbox that a directory names; purpose security is what teams publish it for.
func mailContact(address, key string) constituency.Contact {
	return constituency.Contact{Address: strings.TrimSpace(address), Purpose: constituency.Security, Key: key}
}

// phoneContact is a telephone that a directory names.
func phoneContact(number string, emergency bool) constituency.Contact {
	c := constituency.Contact{Address: "tel:" + strings.TrimPrefix(strings.TrimSpace(number), "tel:"), Purpose: constituency.Security}
	if emergency {
		c.Purpose = constituency.AllHours
	}
	return c
}

// set aside joins a reason to a record.
func aside(r record, reason string) Rejected { return Rejected{r.line, clip(r.name), reason} }
