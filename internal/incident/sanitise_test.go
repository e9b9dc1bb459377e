package incident

import (
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release/leak"
)

// attacked opens an incident that happened to the works, with a reporter of another house.
func (h *house) attacked(t *testing.T) (Incident, Report) {
	t.Helper()
	h.register(t)
	r := h.accept(t, Draft{Subject: "Break-in at Works", Text: "Our server fell.", Reporter: Reporter{
		Name: "Zelda Quickthorn", Email: "zelda@reporter.example", Phone: "+32 470 55 66 77", Organisation: "Reporter House",
	}})
	err := h.db.Write(t.Context(), func(tx *sqldb.Tx) error {
		for _, q := range []string{
			`DELETE FROM report_concern WHERE report = '` + r.ID + `'`,
			`INSERT INTO report_concern (organisation, report, role) VALUES ('works', '` + r.ID + `', 'affected')`,
			`INSERT INTO network (id, organisation, rule, value, version) VALUES ('n1', 'works', 'domain', 'works.example', 1), ('n2', 'works', 'prefix', '203.0.113.0/24', 1)`,
		} {
			if _, err := tx.Exec(q); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return h.opened(t, bob, Opening{Title: "Break-in", TLP: tlp.Green, Reports: []string{r.ID}}), r
}

func TestALetterThatLeaksIsStopped(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i, r := h.attacked(t)
		first, err := h.Investigate(t.Context(), bob, InvestigationDraft{Incident: i.ID, Party: provider, Subject: "A question", Text: "Who uses 198.51.100.7?"})
		if err != nil {
			t.Fatal(err)
		}
		before := h.count(t, `SELECT count(*) FROM delivery`)
		send := func(subject, text string, files ...File) error {
			return h.inIncident(t.Context(), bob, i.ID, func(tx *sqldb.Tx, in *Inside) error {
				_, err := h.SendIn(tx, bob, in, peer, subject, text, files)
				return err
			})
		}
		for name, c := range map[string]struct {
			err  error
			want string
		}{
			"the victim":            {send("s", "Hello,\n\nit was Works.\n"), `line 3 names the victim "Works"`},
			"in the subject":        {send("About Works", "t"), `the subject names the victim "Works"`},
			"its domain":            {send("s", "see www[.]works[.]example"), `line 1 names the victim "works.example"`},
			"its network":           {send("s", "from 203.0.113.77"), `line 1 names the victim "203.0.113.0/24", as "203.0.113.77"`},
			"the reporter":          {send("s", "says Z. Quickthorn"), `line 1 names the reporter "Zelda Quickthorn", as "Quickthorn"`},
			"the reporter's mail":   {send("s", "ask zelda (at) reporter (dot) example"), `names the reporter`},
			"the report":            {send("s", "see "+r.Ref), `line 1 names "` + r.Ref},
			"another dialogue":      {send("s", "see "+first.Ref), first.Ref},
			"another party":         {send("s", "we asked Host Ltd"), `names "Host Ltd"`},
			"the name of a file":    {send("s", "t", File{Name: "Works.txt", Body: strings.NewReader("x")}), "attachment 1, Works.txt, the name of the file"},
			"a file":                {send("s", "t", File{Name: "a.csv", Body: strings.NewReader("ip,who\n1,Works\n")}), "attachment 1, a.csv, row 2, column who"},
			"an encrypted file":     {send("s", "t", File{Name: "a.age", Body: strings.NewReader("age-encryption.org/v1\n")}), "attachment 1, a.age cannot be looked into: it is encrypted"},
			"a further letter":      {only(h.Write(t.Context(), bob, first.Ref, "It was Works.")), `line 1 names the victim "Works"`},
			"a dialogue by hand":    {only(h.Investigate(t.Context(), bob, InvestigationDraft{Incident: i.ID, Party: peer, Subject: "s", Text: "Works"})), `names the victim`},
			"a dialogue of several": {only(h.WriteToAll(t.Context(), bob, i.ID, Outgoing{Parties: []Party{peer}, Subject: "s", Text: "Works"})), `line 1 names the victim`},
			"by another way": {h.inIncident(t.Context(), bob, i.ID, func(tx *sqldb.Tx, in *Inside) error {
				return h.Sanitised(tx, in, peer, leak.Content{Files: []leak.File{{Name: "x.json", Data: []byte(`{"a":"works.example"}`)}}})
			}), `x.json, a names the victim`},
		} {
			if !problem.Is(c.err, problem.Conflict) || !strings.Contains(c.err.Error(), c.want) {
				t.Errorf("%s: %v\nwant %s", name, c.err, c.want)
			}
		}
		if n := h.count(t, `SELECT count(*) FROM delivery`); n != before {
			t.Errorf("%d letters left", n-before)
		}
	})
}

// Whoever is written to is named as the register names them, or as they told us themselves, and not as somebody typed it.
func TestATypedNameClearsNobody(t *testing.T) {
	sqlite(t, func(t *testing.T, h *house) {
		i, _ := h.attacked(t)
		send := func(to Party, text string) error {
			return h.inIncident(t.Context(), bob, i.ID, func(tx *sqldb.Tx, in *Inside) error {
				_, err := h.SendIn(tx, bob, in, to, "s", text, nil)
				return err
			})
		}
		registered := peer
		registered.Name = "Works"
		for name, err := range map[string]error{
			"the victim's, typed":                send(Party{Name: "Works", Email: "somebody@elsewhere.example"}, "Works was attacked"),
			"in a header alone":                  send(Party{Name: "Works", Email: "somebody@elsewhere.example"}, "t"),
			"the reporter's, typed":              send(Party{Name: "Zelda Quickthorn", Email: "somebody@elsewhere.example"}, "t"),
			"the victim's, of another's mailbox": send(registered, "Works was attacked"),
		} {
			if !problem.Is(err, problem.Conflict) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := send(Party{Name: "Zelda Quickthorn", Email: "Zelda@reporter.example"}, "Dear Zelda Quickthorn, of Reporter House"); err != nil {
			t.Errorf("the reporter, where they wrote from: %v", err)
		}
		typed := Party{Name: "Smith & Sons", Email: "abuse@smith.example"}
		for range 2 {
			if _, err := h.Investigate(t.Context(), bob, InvestigationDraft{Incident: i.ID, Party: typed, Subject: "s", Text: "Dear " + typed.Name}); err != nil {
				t.Errorf("somebody of no register, again: %v", err)
			}
			typed.Email = "noc@smith.example"
		}
	})
}

// Who told us may read their own words again, and no more than those.
func TestAReporterReadsTheirOwnWords(t *testing.T) {
	sqlite(t, func(t *testing.T, h *house) {
		i, _ := h.attacked(t)
		zelda := Party{Name: "Zelda Quickthorn", Email: "zelda@reporter.example"}
		send := func(to Party, text string) error {
			return h.inIncident(t.Context(), bob, i.ID, func(tx *sqldb.Tx, in *Inside) error {
				_, err := h.SendIn(tx, bob, in, to, "s", text, nil)
				return err
			})
		}
		if err := send(zelda, "We have your report about Works"); err != nil {
			t.Errorf("whom they named: %v", err)
		}
		for name, err := range map[string]error{
			"what only we know":    send(zelda, "203.0.113.77 of Works"),
			"to somebody else":     send(peer, "Works"),
			"the domain, to Zelda": send(zelda, "www.works.example"),
		} {
			if !problem.Is(err, problem.Conflict) {
				t.Errorf("%s: %v", name, err)
			}
		}
		told := func(role, from, text string) {
			t.Helper()
			r := h.accept(t, Draft{Subject: "A question", Text: text, Reporter: Reporter{Email: from}})
			err := h.db.Write(t.Context(), func(tx *sqldb.Tx) error {
				_, err := tx.Exec(`INSERT INTO report_concern (organisation, report, role) VALUES ('works', $1, $2) ON CONFLICT DO NOTHING`, r.ID, role)
				return err
			})
			if err == nil {
				err = only(h.Link(t.Context(), bob, i.ID, []string{r.ID}))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		told("affected", "me@home.example", "The site hxxp://www.works[.]example and 203.0.113[.]77 are mine")
		if err := send(Party{Name: "Me", Email: "me@home.example"}, "Is it www.works.example alone, or 203.0.113.77 too?"); err != nil {
			t.Errorf("what they wrote in another way: %v", err)
		}
		if err := send(Party{Name: "Me", Email: "me@home.example"}, "Or 203.0.113.78?"); !problem.Is(err, problem.Conflict) {
			t.Errorf("another address: %v", err)
		}
		told("named", "curious@paper.example", "Was Works hit? I am curious.")
		if err := send(Party{Name: "Somebody", Email: "curious@paper.example"}, "Yes, Works was hit"); !problem.Is(err, problem.Conflict) {
			t.Errorf("who only asks was told: %v", err)
		}
	})
}

func TestWhatMayBeNamed(t *testing.T) {
	sqlite(t, func(t *testing.T, h *house) {
		i, _ := h.attacked(t)
		send := func(to Party, text string, about ...string) error {
			return h.inIncident(t.Context(), bob, i.ID, func(tx *sqldb.Tx, in *Inside) error {
				_, err := h.SendIn(tx, bob, in, to, "About "+i.Ref, text, nil, about...)
				return err
			})
		}
		for name, err := range map[string]error{
			"nothing":              send(peer, "The works of the host are off. Look at 198.51.100.7"),
			"the victim to itself": send(works, "Works was attacked at 203.0.113.77, www.works.example"),
			"the party itself":     send(peer, "Dear "+peer.Name),
			"what it is about":     send(peer, "Please look at hxxps://www.works[.]example/kit", "https://www.works.example/kit"),
			"an address of it":     send(peer, "Please look at 203.0.113.77", "203.0.113.77"),
			"what the law wants":   send(peer, "Works was attacked", Whole),
		} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		o, err := h.Foresee(t.Context(), bob, i.ID, Outgoing{Parties: []Party{peer, works}, Subject: "s", Text: "a\nWorks was attacked"})
		if err != nil || o.Allowed() || o.Recipients[0].Why != Leaking || len(o.Recipients[0].Leaks) != 1 || !o.Recipients[1].Allowed {
			t.Errorf("%+v, %v", o, err)
		}
	})
}
