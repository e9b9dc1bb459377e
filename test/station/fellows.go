package station

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/demo"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/poll"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// shared is the alias of the collection that fellow teams have in the demonstration.
const shared = "polar-teams"

// fellows has servers of fellow teams asked, of which one fails; what came is partly set aside, taken back, kept, and older than that teams are heard.
func (f *filler) fellows(dir string, hostile bool) {
	f.must(f.app.DemoTeams(f.Context(), person))
	names := []string{"Albatross at the harbour", "Mail of a bank that is none", "Scans of the weather stations"}
	why, failure := "The court of Bouvet asked for it: case 4 Js 12/26.", "the disk is full"
	if hostile {
		names, why, failure = Hostile[:3], strings.Join(Hostile, " "), Hostile[0]
	}
	f.asked(dir, "heard", demo.HeardTeam, http.StatusOK, envelope(observed(1), observed(2), stixObject("incident", 9, 0, "name", names[0])))
	f.must(f.app.DB.Write(f.Context(), func(tx *sqldb.Tx) error { // as the version leaves it with which teams are heard
		_, err := tx.Exec(`UPDATE sharing_reach SET num = (SELECT max(num) FROM sharing_object) WHERE name IN ('heard', 'late', 'before')`)
		return err
	}))
	f.asked(dir, "bouvet", demo.BouvetTeam, http.StatusOK, envelope(told(names)...))
	f.asked(dir, "campus", demo.CampusTeam, http.StatusServiceUnavailable, fmt.Sprintf(`{"title":%q,"description":%q}`, failure, failure))
	f.app.Hear.PerDay = 1
	f.must(second(f.app.Hear.Hear(f.Context(), identity.System("sharing"))))
	f.must(second(f.app.Indicators.Digest(f.Context(), identity.System("indicator"))))
	for n := 2; n <= 4; n++ {
		f.must(f.app.Sharing.Keep(f.Context(), person, stixID("indicator", n), why))
	}
	f.must(second(f.app.Sharing.Remove(f.Context(), person, shared, stixID("indicator", 4), sharing.Filter{})))
}

// told is what a team tells: an indicator that it took back, and three that it took back or not and somebody keeps, incidents, and what has to be set aside.
func told(names []string) (list []string) {
	for n := 1; n <= 4; n++ {
		list = append(list, stixObject("indicator", n, 0, "name", names[n%3]))
	}
	for i, name := range names {
		list = append(list, stixObject("incident", i+1, 0, "name", name))
	}
	const nobody = "marking-definition--00000000-0000-4000-8000-00000000dead"
	return append(list,
		stixObject("indicator", 1, 1, "revoked", true), stixObject("indicator", 2, 1, "revoked", true),
		stixObject("malware", 5, 0, "name", "Petrel", "is_family", true, "object_marking_refs", []string{nobody}),
		stixObject("malware", 6, 0, "name", "Skua", "is_family", true, "object_marking_refs", []string{stix.RefTLP(tlp.Red)}),
		stixObject("malware", 7, 400*24*60, "name", "Fulmar", "is_family", true), stixObject(names[0], 8, 0))
}

func stixID(kind string, n int) string {
	return fmt.Sprintf("%s--00000000-0000-4000-8000-%012x", kind, n)
}

// stixObject writes an object of STIX; minutes: how long after the others it was changed; more: names and values of properties.
func stixObject(kind string, n, minutes int, more ...any) string {
	made := Now.Add(-3 * time.Hour)
	o := map[string]any{
		"type": kind, "spec_version": "2.1", "id": stixID(kind, n), "created": sharing.VersionStamp(made), "modified": sharing.VersionStamp(made.Add(time.Duration(minutes) * time.Minute)),
		"object_marking_refs": []string{stix.RefTLP(tlp.Green)},
	}
	switch kind {
	case "indicator":
		o["pattern_type"], o["valid_from"], o["pattern"] = "stix", o["created"], fmt.Sprintf("[ipv4-addr:value = '203.0.113.%d']", n)
	case "observed-data":
		o["first_observed"], o["last_observed"], o["number_observed"] = o["created"], o["modified"], 1
	}
	for i := 0; i < len(more); i += 2 {
		o[more[i].(string)] = more[i+1]
	}
	text, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func observed(n int) string {
	return stixObject("observed-data", n, 0, "object_refs", []string{"ipv4-addr--" + strings.TrimPrefix(stixID("", n), "--")})
}

// envelope is a page of TAXII with objects.
func envelope(objects ...string) string { return `{"objects":[` + strings.Join(objects, ",") + `]}` }

// asked has a server of a team asked, which answers with this; and the installation knows the server from then on.
func (f *filler) asked(dir, name, team string, status int, answer string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", poll.MediaType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer))
	}))
	defer server.Close()
	e, err := f.app.Teams.Named(f.Context(), person, team)
	f.must(err)
	terms := fmt.Sprintf("\n[taxii.%s]\nurl = %q\ncollection = \"c\"\ninto = %q\norganisation = %q\ninternal = true\n", name, server.URL, shared, e.Team.Organisation)
	file, err := os.OpenFile(filepath.Join(dir, app.ConfigName), os.O_APPEND|os.O_WRONLY, 0)
	f.must(err)
	_, err = file.WriteString(terms)
	f.must(err)
	f.must(file.Close())
	c, err := config.Load(filepath.Join(dir, app.ConfigName), nil)
	f.must(err)
	asks := poll.New(poll.Options{DB: f.app.DB, Clock: f.app.Clock, Log: logging.Discard(), Sharing: f.app.Sharing, Sources: c.TAXII})
	f.must(asks.Poll(f.Context(), identity.System("taxii"), name, func(*sqldb.Tx) error { return nil }))
}
