package incident

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// TestLife is what becomes of reports and incidents. Its parts share a database an engine: each works on things of its own.
func TestLife(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.sign("ada", "bob")
		for _, part := range []struct {
			name string
			do   func(*testing.T, *house)
		}{
			{"edit an incident", editsIncident},
			{"edit a report", editsReport},
			{"move an incident", movesIncident},
			{"restrict", restricts},
			{"unlink", unlinks},
			{"hand back", handsBack},
			{"call back", callsBack},
			{"investigate", investigates},
			{"refer", refers},
			{"significance", judges},
			{"define", defines},
			{"files", attaches},
			{"erase", erases},
			{"page", pages},
			{"forget", forgets}, // the last: it forgets the others'
		} {
			t.Run(part.name, func(t *testing.T) { part.do(t, h) })
		}
	})
}

// refused checks that each of some calls ends in a problem of a kind.
type refused map[string]struct {
	kind problem.Kind
	err  error
}

func (list refused) check(t *testing.T) {
	t.Helper()
	for name, one := range list {
		if !problem.Is(one.err, one.kind) {
			t.Errorf("%s: %v, want %v", name, one.err, one.kind)
		}
	}
}

// only is the error of a call that gives something with it.
func only[T any](_ T, err error) error { return err }

func ptr[T any](v T) *T { return &v }

func editsIncident(t *testing.T, h *house) {
	i := h.opened(t, ada, Opening{Title: "Flood", Summary: "first"})
	edit := func(who identity.Actor, version int64, e Revision) error {
		return only(h.EditIncident(t.Context(), who, i.Ref, version, e))
	}
	got, err := h.EditIncident(t.Context(), bob, i.Ref, 1, Revision{Title: ptr("Wave"), Summary: ptr("bob's"), Class: ptr(rsit.Class("availability")), Severity: ptr(triage.High), TLP: ptr(tlp.Red)})
	if err != nil || got.Title != "Wave" || got.Summary != "bob's" || got.Class != "availability" || got.Severity != triage.High || got.TLP != tlp.Red || got.Version != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	var c *Clash
	if err := edit(ada, 1, Revision{Summary: ptr("ada's")}); !errors.As(err, &c) || c.Theirs != "bob's" || c.Yours != "ada's" || c.Version != 2 {
		t.Errorf("%v", err)
	}
	if err := edit(ada, 1, Revision{Title: ptr("Tide")}); !errors.As(err, &c) || c.Theirs != "Wave" {
		t.Errorf("%v", err)
	}
	if hits, err := h.Suggest(t.Context(), ada, "wav"); err != nil || len(hits) != 1 || hits[0].Title != "Wave" {
		t.Errorf("%+v, %v", hits, err)
	}
	refused{
		"another version, no text": {problem.Conflict, edit(ada, 1, Revision{Severity: ptr(triage.Low)})},
		"no title":                 {problem.Invalid, edit(ada, 2, Revision{Title: ptr(" ")})},
		"no class":                 {problem.Invalid, edit(ada, 2, Revision{Class: ptr(rsit.Class("x"))})},
		"no severity":              {problem.Invalid, edit(ada, 2, Revision{Severity: ptr(triage.Severity("x"))})},
		"no label":                 {problem.Invalid, edit(ada, 2, Revision{TLP: ptr(tlp.Label(9))})},
		"an auditor":               {problem.Forbidden, edit(aud, 2, Revision{Title: ptr("x")})},
		"no incident":              {problem.NotFound, only(h.EditIncident(t.Context(), ada, "I-NOSUCH", 1, Revision{}))},
	}.check(t)
}

func editsReport(t *testing.T, h *house) {
	r := h.accept(t, Draft{Subject: "zeppelin"})
	got, err := h.Edit(t.Context(), ada, r.Ref, 1, Edit{Class: ptr(rsit.Class("fraud")), Severity: ptr(triage.Low), TLP: ptr(tlp.Green), Confidential: ptr(true)})
	if err != nil || got.Class != "fraud" || got.Severity != triage.Low || got.TLP != tlp.Green || !got.Confidential || !got.Sealed {
		t.Fatalf("%+v, %v", got, err)
	}
	if ids := h.refsOf(t, ada, "zeppelin"); len(ids) != 0 {
		t.Error("what was sealed is found by its words")
	}
	edit := func(version int64, e Edit) error { return only(h.Edit(t.Context(), ada, r.ID, version, e)) }
	refused{
		"open it again":   {problem.Conflict, edit(2, Edit{Confidential: ptr(false)})},
		"another version": {problem.Conflict, edit(1, Edit{Severity: ptr(triage.High)})},
		"no class":        {problem.Invalid, edit(2, Edit{Class: ptr(rsit.Class("x"))})},
		"no report":       {problem.NotFound, only(h.Edit(t.Context(), ada, "R-NOSUCH", 1, Edit{}))},
	}.check(t)
}

func movesIncident(t *testing.T, h *house) {
	i := h.opened(t, ada, Opening{})
	move := func(name MoveName, why string) error {
		return only(h.MoveIncident(t.Context(), ada, i.ID, name, why))
	}
	refused{
		"reopen what is open": {problem.Conflict, move(Reopen, "x")},
		"no move":             {problem.Invalid, move(Take, "x")},
		"no reason":           {problem.Invalid, move(Resolve, "")},
		"no incident":         {problem.NotFound, only(h.MoveIncident(t.Context(), ada, "nosuch", Resolve, "x"))},
	}.check(t)
	if err := move(Resolve, "done"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Link(t.Context(), ada, i.ID, []string{h.accept(t, Draft{}).ID}); !problem.Is(err, problem.Conflict) {
		t.Errorf("link to a closed one: %v", err)
	}
	for _, m := range []MoveName{Reopen, Abandon, Reopen} {
		if err := move(m, "because"); err != nil {
			t.Errorf("%s: %v", m, err)
		}
	}
	r := h.accept(t, Draft{})
	if _, err := h.Link(t.Context(), ada, i.ID, []string{r.ID}); err != nil {
		t.Fatal(err)
	}
	if err := move(Resolve, "with an open report"); err != nil || h.see(t, ada, r.ID).State != StateResolved {
		t.Errorf("%v", err)
	}
}

func restricts(t *testing.T, h *house) {
	r := h.accept(t, Draft{Subject: "yttrium"})
	i := h.opened(t, ada, Opening{Title: "Yttrium", Reports: []string{r.ID}})
	restrict := func(who identity.Actor, to bool, why string, members ...Member) error {
		return only(h.Restrict(t.Context(), who, i.ID, to, members, why))
	}
	refused{
		"so already":         {problem.Conflict, restrict(ada, false, "x")},
		"no reason":          {problem.Invalid, restrict(ada, true, "")},
		"no agreement":       {problem.Conflict, restrict(ada, true, "x", Member{Account: "eve"})},
		"ad hoc without end": {problem.Invalid, restrict(ada, true, "x", Member{Account: "bob", AdHoc: true})},
		"over before":        {problem.Invalid, restrict(ada, true, "x", Member{Account: "bob", Until: start.Add(-time.Hour)})},
		"by who has none":    {problem.Conflict, restrict(eve, true, "x")},
	}.check(t)
	if err := restrict(ada, true, "a minister", Member{Account: "bob", AdHoc: true, Until: h.clock.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	refused{
		"a member for a time adds":  {problem.Forbidden, h.AddMember(t.Context(), bob, i.ID, Member{Account: "bob"})},
		"a member for a time opens": {problem.Forbidden, restrict(bob, false, "x")},
		"who is none":               {problem.NotFound, restrict(eve, false, "x")},
		"the last":                  {problem.Conflict, h.RemoveMember(t.Context(), ada, i.ID, "ada", "x")},
		"nobody":                    {problem.NotFound, h.RemoveMember(t.Context(), ada, i.ID, "vol", "x")},
		"glass of a member":         {problem.Conflict, h.BreakGlass(t.Context(), ada, i.ID, "x")},
		"glass of nothing":          {problem.NotFound, h.BreakGlass(t.Context(), ada, "I-NOSUCH", "x")},
	}.check(t)
	if err := h.RemoveMember(t.Context(), bob, i.ID, "bob", "I leave"); err != nil {
		t.Errorf("who wants to leave: %v", err)
	}
	if ids := h.refsOf(t, bob, "yttrium"); len(ids) != 0 {
		t.Error("bob finds it")
	}
	if err := restrict(ada, false, "it is public"); err != nil {
		t.Fatal(err)
	}
	if ids := h.refsOf(t, bob, "yttrium"); len(ids) != 1 {
		t.Error("bob does not find it")
	}
}

func unlinks(t *testing.T, h *house) {
	r := h.accept(t, Draft{})
	i := h.opened(t, ada, Opening{Reports: []string{r.ID}})
	refused{
		"no reason":   {problem.Invalid, h.Unlink(t.Context(), ada, i.ID, r.ID, "")},
		"no incident": {problem.NotFound, h.Unlink(t.Context(), ada, "I-NOSUCH", r.ID, "x")},
		"no report":   {problem.NotFound, h.Unlink(t.Context(), ada, i.ID, "R-NOSUCH", "x")},
		"an auditor":  {problem.Forbidden, h.Unlink(t.Context(), aud, i.ID, r.ID, "x")},
	}.check(t)
	if err := h.Unlink(t.Context(), bob, i.Ref, r.Ref, "another matter"); err != nil {
		t.Fatal(err)
	}
	if got := h.see(t, ada, r.ID); len(got.Incidents) != 0 || got.State != StateOpen {
		t.Errorf("%+v", got)
	}
	if err := h.Unlink(t.Context(), bob, i.Ref, r.Ref, "again"); !problem.Is(err, problem.NotFound) {
		t.Error(err)
	}
}

func handsBack(t *testing.T, h *house) {
	r := h.accept(t, Draft{})
	i := h.opened(t, ada, Opening{Restricted: true})
	assess(t, h, r.ID, triage.Assessment{Similar: []triage.Similar{{Incident: i.ID, Score: 90}}})
	refused{
		"who does not see it": {problem.NotFound, h.HandBack(t.Context(), bob, r.ID, "x")},
		"no reason":           {problem.Invalid, h.HandBack(t.Context(), ada, r.ID, "")},
	}.check(t)
	if err := h.HandBack(t.Context(), ada, r.ID, "none of ours"); err != nil {
		t.Fatal(err)
	}
	if got := h.see(t, bob, r.ID); got.Passed || got.Text == "" {
		t.Errorf("%+v", got)
	}
	if err := h.HandBack(t.Context(), ada, r.ID, "again"); !problem.Is(err, problem.Conflict) {
		t.Error(err)
	}
}

func callsBack(t *testing.T, h *house) {
	r := h.accept(t, Draft{Door: Phone})
	err := h.db.Write(t.Context(), func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(`INSERT INTO organisation (id, name, name_key, kind, version, created, updated) VALUES ('works', 'Works', 'works', 'company', 1, 0, 0)`); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO contact (id, organisation, channel, address, purpose, health, version) VALUES ('c1', 'works', 'phone', 'tel:+358295390230', 'abuse', 'ok', 1)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	call := func(number, who string) error {
		return h.CallBack(t.Context(), ada, r.ID, CallBack{Number: number, Person: who})
	}
	refused{
		"no number":        {problem.Invalid, call("", "Zoe")},
		"no person":        {problem.Invalid, call("+358295390230", " ")},
		"the caller's own": {problem.Invalid, call("+44123", "Zoe")},
		"a long one":       {problem.Invalid, call("+358295390230", strings.Repeat("x", MaxAnswer))},
		"no report":        {problem.NotFound, h.CallBack(t.Context(), ada, "R-NOSUCH", CallBack{Number: "+358295390230", Person: "Zoe"})},
		"an auditor":       {problem.Forbidden, h.CallBack(t.Context(), aud, r.ID, CallBack{Number: "+358295390230", Person: "Zoe"})},
	}.check(t)
	if err := call("+358 295 390-230", "Zoe"); err != nil {
		t.Fatal(err)
	}
	if got := h.see(t, ada, r.ID); got.Reporter.Verified != CalledBack {
		t.Errorf("%+v", got.Reporter)
	}
}

func investigates(t *testing.T, h *house) {
	r := h.accept(t, Draft{})
	isp := Party{Name: "ISP", Email: "abuse@isp.example"}
	begin := func(d InvestigationDraft) error { return only(h.Investigate(t.Context(), bob, d)) }
	refused{
		"about nothing":   {problem.Invalid, begin(InvestigationDraft{Party: isp, Subject: "s", Text: "t"})},
		"about two":       {problem.Invalid, begin(InvestigationDraft{Report: r.ID, Incident: "x", Party: isp, Subject: "s", Text: "t"})},
		"nobody":          {problem.Invalid, begin(InvestigationDraft{Report: r.ID, Subject: "s", Text: "t"})},
		"no address":      {problem.Invalid, begin(InvestigationDraft{Report: r.ID, Party: Party{Name: "x", Email: "a@b, c@d"}, Subject: "s", Text: "t"})},
		"no subject":      {problem.Invalid, begin(InvestigationDraft{Report: r.ID, Party: isp, Text: "t"})},
		"no text":         {problem.Invalid, begin(InvestigationDraft{Report: r.ID, Party: isp, Subject: "s"})},
		"no report":       {problem.NotFound, begin(InvestigationDraft{Report: "R-NOSUCH", Party: isp, Subject: "s", Text: "t"})},
		"no dialogue":     {problem.NotFound, only(h.Investigation(t.Context(), ada, "V-NOSUCH"))},
		"write to none":   {problem.NotFound, only(h.Write(t.Context(), ada, "V-NOSUCH", "x"))},
		"move of none":    {problem.NotFound, h.MoveInvestigation(t.Context(), ada, "V-NOSUCH", Resolve)},
		"what is no move": {problem.Invalid, h.MoveInvestigation(t.Context(), ada, "V-NOSUCH", Heard)},
	}.check(t)
	v, err := h.Investigate(t.Context(), bob, InvestigationDraft{Report: r.ID, Party: isp, Subject: "A host", Text: "Look."})
	if err != nil {
		t.Fatal(err)
	}
	if got := h.see(t, ada, r.ID); got.State != StateOpen || len(got.Investigations) != 1 || got.Investigations[0].Party != isp {
		t.Errorf("%+v", got)
	}
	for i, step := range []struct {
		move MoveName
		ok   bool
	}{{Reopen, false}, {Resolve, true}, {Resolve, false}, {Reopen, true}} {
		if err := h.MoveInvestigation(t.Context(), ada, v.Ref, step.move); (err == nil) != step.ok {
			t.Errorf("%d: %v", i, err)
		}
		if step.move == Resolve && step.ok {
			if _, err := h.Write(t.Context(), ada, v.Ref, "x"); !problem.Is(err, problem.Conflict) {
				t.Errorf("to one that is resolved: %v", err)
			}
		}
	}
	closed := h.opened(t, ada, Opening{})
	if _, err := h.MoveIncident(t.Context(), ada, closed.ID, Abandon, "x"); err != nil {
		t.Fatal(err)
	}
	if err := begin(InvestigationDraft{Incident: closed.ID, Party: isp, Subject: "s", Text: "t"}); !problem.Is(err, problem.Conflict) {
		t.Errorf("about a closed incident: %v", err)
	}
}

func refers(t *testing.T, h *house) {
	r := h.accept(t, Draft{})
	d := ReferralDraft{To: Party{Name: "Peer"}, Reason: "theirs", Due: h.clock.Now().Add(time.Hour)}
	with := func(change func(*ReferralDraft)) error {
		d := d
		change(&d)
		return only(h.Refer(t.Context(), ada, r.ID, d))
	}
	refused{
		"no reason":     {problem.Invalid, with(func(d *ReferralDraft) { d.Reason = "" })},
		"nobody":        {problem.Invalid, with(func(d *ReferralDraft) { d.To = Party{} })},
		"due before":    {problem.Invalid, with(func(d *ReferralDraft) { d.Due = h.clock.Now() })},
		"no report":     {problem.NotFound, only(h.Refer(t.Context(), ada, "R-NOSUCH", d))},
		"answered none": {problem.NotFound, h.Answered(t.Context(), ada, "nosuch", "x")},
		"by a machine":  {problem.Forbidden, only(h.Overdue(t.Context(), ada))},
	}.check(t)
	f, err := h.Refer(t.Context(), ada, r.ID, d)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Answered(t.Context(), ada, f.ID, ""); !problem.Is(err, problem.Invalid) {
		t.Error(err)
	}
	if _, err := h.Move(t.Context(), ada, []string{r.ID}, Resolve, ""); err != nil {
		t.Fatal(err)
	}
	if err := with(func(*ReferralDraft) {}); !problem.Is(err, problem.Conflict) {
		t.Errorf("what is resolved: %v", err)
	}
}

func judges(t *testing.T, h *house) {
	i := h.opened(t, ada, Opening{})
	g, err := h.SetSignificance(t.Context(), ada, i.Ref, 0, Significance{Economy: Ground{Reason: "nobody pays"}})
	if err != nil || g.Significant || g.Version != 1 || g.By != "ada" {
		t.Fatalf("%+v, %v", g, err)
	}
	if g, err = h.SetSignificance(t.Context(), bob, i.ID, 1, Significance{Infrastructure: Ground{true, " the\ngrid "}}); err != nil || !g.Significant || g.Infrastructure.Reason != "the grid" {
		t.Fatalf("%+v, %v", g, err)
	}
	if got, err := h.Incident(t.Context(), ada, i.ID); err != nil || got.Significance == nil || got.Significance.By != "bob" {
		t.Errorf("%+v, %v", got.Significance, err)
	}
	refused{
		"a version too far": {problem.Conflict, only(h.SetSignificance(t.Context(), ada, h.accept(t, Draft{}).ID, 3, Significance{}))},
		"too long":          {problem.Invalid, only(h.SetSignificance(t.Context(), ada, i.ID, 2, Significance{Economy: Ground{true, strings.Repeat("x", MaxAnswer+1)}}))},
		"nothing":           {problem.NotFound, only(h.SetSignificance(t.Context(), ada, "I-NOSUCH", 0, Significance{}))},
		"an auditor":        {problem.Forbidden, only(h.SetSignificance(t.Context(), aud, i.ID, 2, Significance{}))},
	}.check(t)
}

func defines(t *testing.T, h *house) {
	if d, err := h.Definition(t.Context(), aud); err != nil || d.Text != "What happens." || d.Version != 0 {
		t.Errorf("%+v, %v", d, err)
	}
	if d, err := h.Define(t.Context(), boss, 0, "What hurts."); err != nil || d.Version != 1 {
		t.Fatalf("%+v, %v", d, err)
	}
	var c *Clash
	if _, err := h.Define(t.Context(), boss, 0, "What burns."); !errors.As(err, &c) || c.Theirs != "What hurts." || c.By != "boss" || c.Version != 1 {
		t.Errorf("%v", err)
	}
	refused{
		"nothing":    {problem.Invalid, only(h.Define(t.Context(), boss, 1, " "))},
		"an officer": {problem.Forbidden, only(h.Define(t.Context(), ada, 1, "x"))},
	}.check(t)
	if d, err := h.Definition(t.Context(), ada); err != nil || d.Text != "What hurts." || d.By != "boss" {
		t.Errorf("%+v, %v", d, err)
	}
}

func attaches(t *testing.T, h *house) {
	i := h.opened(t, ada, Opening{Restricted: true})
	attach := func(who identity.Actor, about string, body io.Reader) error {
		return only(h.Attach(t.Context(), who, about, File{Name: "a", Body: body}))
	}
	item, err := h.Attach(t.Context(), ada, i.Ref, File{Name: "../disk.img", MediaType: "text/html", Body: strings.NewReader("bytes")})
	if err != nil || item.Name != "disk.img" || item.Size != 5 || item.SHA256 == "" {
		t.Fatalf("%+v, %v", item, err)
	}
	refused{
		"nothing to hang it on": {problem.NotFound, attach(ada, "I-NOSUCH", strings.NewReader("x"))},
		"not seen":              {problem.NotFound, attach(bob, i.ID, strings.NewReader("x"))},
		"too large":             {problem.Invalid, attach(ada, i.ID, io.LimitReader(zeros{}, MaxFile+1))},
		"an auditor":            {problem.Forbidden, attach(aud, i.ID, strings.NewReader("x"))},
		"custody, not seen":     {problem.NotFound, only(h.Custody(t.Context(), bob, item.ID))},
	}.check(t)
	if _, _, err := h.Evidence(t.Context(), bob, item.ID, "x"); !problem.Is(err, problem.NotFound) {
		t.Errorf("taken out by who does not see it: %v", err)
	}
	_, body, err := h.Evidence(t.Context(), ada, item.ID, "look")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(body); err != nil || string(text) != "bytes" || body.Close() != nil {
		t.Errorf("%q, %v", text, err)
	}
	chain, err := h.Custody(t.Context(), ada, item.ID)
	if err != nil || len(chain) != 2 || chain[0].Act != "received" || chain[1].Act != "read" || chain[1].Reason != "look" {
		t.Errorf("%+v, %v", chain, err)
	}
	if n := h.count(t, `SELECT count(*) FROM audit_payload WHERE operation = 'incident.evidence' AND actor = 'ada' AND object = $1`, i.ID); n != 2 {
		t.Errorf("%d lines on record of what was read and who asked for its custody", n)
	}
}

func erases(t *testing.T, h *house) {
	one := h.accept(t, Draft{Subject: "xylophone", Reporter: Reporter{Email: "eve@victim.example"}, Files: []File{{Name: "a", Body: strings.NewReader("the same")}}})
	two := h.accept(t, Draft{Files: []File{{Name: "b", Body: strings.NewReader("the same")}}})
	first, other := h.see(t, ada, one.ID).Files[0].ID, h.see(t, ada, two.ID).Files[0].ID
	written, err := h.Reply(t.Context(), ada, one.ID, "", "we look at it")
	if err != nil {
		t.Fatal(err)
	}
	refused{
		"no reason": {problem.Invalid, h.Erase(t.Context(), boss, one.ID, "")},
		"nothing":   {problem.NotFound, h.Erase(t.Context(), boss, "R-NOSUCH", "x")},
		"a handler": {problem.Forbidden, h.Erase(t.Context(), ada, one.ID, "x")},
	}.check(t)
	if err := h.Erase(t.Context(), boss, one.Ref, "their wish"); err != nil {
		t.Fatal(err)
	}
	if n := h.count(t, `SELECT count(*) FROM delivery d LEFT JOIN delivery_body b ON b.delivery = d.id WHERE d.id = $1 AND (b.delivery IS NOT NULL OR d.address <> '')`, written.Delivery); n != 0 {
		t.Error("what was written about it lies in the outbox still")
	}
	if got := h.see(t, ada, one.ID); !got.Erased || got.Text+got.Subject != "" || len(h.refsOf(t, ada, "xylophone")) != 0 {
		t.Errorf("%+v", got)
	}
	if _, _, err := h.Evidence(t.Context(), ada, first, "x"); !problem.Is(err, problem.Conflict) && !problem.Is(err, problem.NotFound) {
		t.Errorf("its file: %v", err)
	}
	if _, body, err := h.Evidence(t.Context(), ada, other, "x"); err != nil {
		t.Errorf("the same file of another report went with it: %v", err)
	} else if err := body.Close(); err != nil {
		t.Error(err)
	}
}

// pages reads the queue in small pages, of which a move in between loses and repeats nothing else.
func pages(t *testing.T, h *house) {
	want := map[string]bool{}
	for range 5 {
		want[h.accept(t, Draft{Subject: "quagga"}).ID] = true
	}
	f := Filter{Query: "quagga"}
	f.Limit = 2
	for n := 0; ; n++ {
		p, err := h.Reports(t.Context(), ada, f)
		if err != nil || n > 3 {
			t.Fatal(n, err)
		}
		for _, row := range p.Items {
			if !want[row.ID] {
				t.Errorf("%s came twice", row.ID)
			}
			delete(want, row.ID)
		}
		if f.After = p.Next; p.Next == "" {
			break
		}
	}
	if len(want) != 0 {
		t.Errorf("%d did not come", len(want))
	}
	if n, err := h.Count(t.Context(), ada, "quagga", 3); err != nil || n != 3 {
		t.Errorf("counted %d, %v", n, err)
	}
}

func forgets(t *testing.T, h *house) {
	old, young, kept, undone := h.accept(t, Draft{}), h.accept(t, Draft{}), h.accept(t, Draft{}), h.accept(t, Draft{})
	i := h.opened(t, ada, Opening{Reports: []string{kept.ID}})
	resolve := func(id string) {
		if m, err := h.Move(t.Context(), ada, []string{id}, Reject, "nothing"); err != nil || len(m.Moved) != 1 {
			t.Fatalf("%+v, %v", m, err)
		}
	}
	resolve(old.ID)
	resolve(kept.ID)
	h.clock.Advance(48 * time.Hour)
	resolve(young.ID)
	if n, err := h.Forget(t.Context(), system, 0); err != nil || n != 0 {
		t.Errorf("with no age: %d, %v", n, err)
	}
	if _, err := h.Forget(t.Context(), system, 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	for id, gone := range map[string]bool{old.ID: true, young.ID: false, kept.ID: false, undone.ID: false} {
		if got := h.see(t, ada, id); got.Erased != gone {
			t.Errorf("%s: erased %v", id, got.Erased)
		}
	}
	if _, err := h.MoveIncident(t.Context(), ada, i.ID, Resolve, "over"); err != nil {
		t.Fatal(err)
	}
	if n, err := h.Forget(t.Context(), system, 24*time.Hour); err != nil || n != 1 || !h.see(t, ada, kept.ID).Erased {
		t.Errorf("after its incident: %d, %v", n, err)
	}
	if _, err := h.Forget(t.Context(), ada, time.Hour); !problem.Is(err, problem.Forbidden) {
		t.Errorf("by a person: %v", err)
	}
}
