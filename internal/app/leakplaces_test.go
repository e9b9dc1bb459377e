package app

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
	"github.com/firehall/firehall/internal/sharing/convert"
	"github.com/firehall/firehall/internal/sharing/give"
)

// plantedAt is a letter, or a thing that is shared, in which the victim's name stands in one place, and what the leak check says of it.
type plantedAt struct {
	subject, text string
	files         []incident.File
	shared        func(*convert.Incident) // nil: it is a letter
	want          string
}

// plantedPlaces are the five places where a name may hide.
var plantedPlaces = map[string]plantedAt{
	"body": {"A question", "Good day,\nit is about Klinikum Nord.", nil, nil, `line 2 names the victim "Klinikum Nord"`},
	"CSV attachment": {
		"A question", "See the list.",
		[]incident.File{{Name: "seen.csv", MediaType: "text/csv", Body: strings.NewReader("ip,who\n203.0.113.9,Klinikum Nord\n")}},
		nil,
		`attachment 1, seen.csv, row 2, column who names the victim "Klinikum Nord"`,
	},
	"subject": {"Klinikum Nord, again", "Who uses 203.0.113.9?", nil, nil, `the subject names the victim "Klinikum Nord"`},
	"attachment name": {
		"A question", "See the list.",
		[]incident.File{{Name: "klinikum-nord.csv", MediaType: "text/csv", Body: strings.NewReader("ip\n203.0.113.9\n")}},
		nil,
		`attachment 1, klinikum-nord.csv, the name of the file names the victim "Klinikum Nord", as "klinikum-nord"`,
	},
	"STIX extension": {
		shared: func(in *convert.Incident) { in.Determination = "Klinikum Nord" },
		want:   `.determination names the victim "Klinikum Nord"`,
	},
}

// A name is found in body, CSV, subject, attachment name and STIX extension: by the way that letters take, and by that of what is shared. Nothing leaves,
// and the copy is on record with the place, for a second person.
func TestPlantedNameIsStoppedAtEachPlace(t *testing.T) {
	h := newHouse(t)
	h.conf.Team.Name, h.conf.Team.Email, h.conf.Mail.Maildir = "CERT", "cert@cert.example", filepath.Join(t.TempDir(), "mail")
	a, _ := h.open()
	s := shareIn(t, a)
	s.agree()
	i := s.incidentAbout("Klinikum Nord")
	for name, at := range plantedPlaces {
		err := s.plant(i, at)
		stop, ok := release.Leaks(err)
		if !problem.Is(err, problem.Conflict) || !ok || len(stop.Places) == 0 || !strings.Contains(stop.Places[0].String(), at.want) || !strings.Contains(err.Error(), at.want) {
			t.Errorf("%s: %v, want %s", name, err, at.want)
			continue
		}
		kept, err := a.Release.StoppedCopy(t.Context(), handler, stop.ID)
		if err != nil || kept.Item != i.ID || kept.State != release.StopFound || len(kept.Places) == 0 || !strings.Contains(kept.Places[0].String(), at.want) {
			t.Errorf("%s: on record is %+v, %v", name, kept, err)
		}
	}
	if _, err := a.Deliver(t.Context(), tester, nil); err != nil {
		t.Fatal(err)
	}
	if sent := searchMail(t, h.conf.Mail.Maildir); sent["abuse@host.example"] != 0 {
		t.Errorf("letters that left: %v", sent)
	}
	if text := s.ask("GET", "/taxii2/firehall/collections/community/objects/", "").Body.String(); text != "{}" {
		t.Errorf("it is shared: %s", text)
	}
}

// plant tries to let it leave.
func (s *shared) plant(i incident.Incident, at plantedAt) error {
	if at.shared != nil {
		return s.give(i, at.shared)
	}
	return s.a.DB.Write(s.Context(), func(tx *sqldb.Tx) error {
		in, err := s.a.Incidents.Inside(tx, handler, i.ID)
		if err == nil {
			_, err = s.a.Incidents.SendIn(tx, handler, in, incident.Party{Name: "Host", Email: "abuse@host.example"}, at.subject, at.text, slices.Clone(at.files))
		}
		return err
	})
}

// give shares an incident as the page does, with a change to what is told of it.
func (s *shared) give(i incident.Incident, change func(*convert.Incident)) error {
	room := give.New(give.Options{
		DB: s.a.DB, Clock: s.a.Clock, Sharing: s.a.Sharing, Release: s.a.Release, Audience: s.a.audienceOf, Secret: s.a.Keys.Secret, Self: convert.Party{ID: release.Team, Name: "CERT"},
		Thing: func(ctx context.Context, actor identity.Actor, name string, to release.Recipient) (give.Thing, error) {
			thing, err := s.a.toldThing(ctx, actor, name, to)
			thing.Fill = func(set *convert.Set, _ tlp.Label) ([]string, int) {
				in := convert.Incident{ID: i.ID, Title: "Something", State: "open", Opened: i.Opened, Changed: i.Changed}
				change(&in)
				_, without := set.Incident(in)
				return without, 0
			}
			return thing, err
		},
	})
	_, err := room.Put(s.Context(), handler, i.ID, "community", "")
	return err
}
