package incident

import (
	"archive/tar"
	"bytes"
	"crypto/ed25519"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// recorded counts what is on record of an operation.
func (h *house) recorded(t *testing.T, operation, actor string) (n int) {
	t.Helper()
	err := h.db.Read(t.Context(), func(tx *sqldb.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM audit_payload WHERE operation = $1 AND actor = $2`, operation, actor).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// whys says which were left and why, as "id why".
func whys(m Moved) (list []string) {
	for _, u := range m.Unmoved {
		list = append(list, u.ID+" "+u.Why)
	}
	return list
}

// hiddenAndSeen opens a restricted incident of ada's and one that all see.
func (h *house) hiddenAndSeen(t *testing.T) (hidden, seen Incident) {
	t.Helper()
	h.sign("ada")
	return h.opened(t, ada, Opening{Restricted: true}), h.opened(t, ada, Opening{TLP: tlp.Green})
}

func TestSeveralDialogues(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		hidden, seen := h.hiddenAndSeen(t)
		var ids []string
		for _, about := range []string{seen.ID, seen.ID, hidden.ID} {
			v, err := h.Investigate(t.Context(), ada, InvestigationDraft{Incident: about, Party: Party{Name: "ISP", Email: "abuse@isp.example"}, Subject: "A host", Text: "Look."})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, v.ID)
		}
		was := h.recorded(t, string(OpInvestigate), "eve")
		got, err := h.AssignInvestigations(t.Context(), eve, ids, "eve")
		if err != nil || len(got.Moved) != 2 || !slices.Equal(whys(got), []string{ids[2] + " gone"}) {
			t.Fatalf("%+v, %v", got, err)
		}
		if got, err = h.MoveInvestigations(t.Context(), eve, ids[:1], Resolve); err != nil || len(got.Moved) != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
		got, err = h.MoveInvestigations(t.Context(), eve, append(slices.Clone(ids), "none"), Resolve)
		if err != nil || !slices.Equal(got.Moved, ids[1:2]) || !slices.Equal(whys(got), []string{ids[0] + " state", ids[2] + " gone", "none gone"}) || got.Unmoved[1].Text != "" {
			t.Fatalf("%+v, %v", got, err)
		}
		for i, want := range []Investigation{{State: StateResolved, Assignee: "eve"}, {State: StateResolved, Assignee: "eve"}, {State: StateOpen}} {
			if v, err := h.Investigation(t.Context(), ada, ids[i]); err != nil || v.State != want.State || v.Assignee != want.Assignee {
				t.Errorf("%d: %s of %q, %v", i, v.State, v.Assignee, err)
			}
		}
		if n := h.recorded(t, string(OpInvestigate), "eve") - was; n != 4 {
			t.Errorf("%d are on record", n)
		}
		for name, try := range map[string]func() (Moved, error){
			"another move": func() (Moved, error) { return h.MoveInvestigations(t.Context(), eve, ids, Reject) },
			"none":         func() (Moved, error) { return h.MoveInvestigations(t.Context(), eve, nil, Resolve) },
			"no account": func() (Moved, error) {
				return h.AssignInvestigations(t.Context(), eve, ids, strings.Repeat("x", MaxField+1))
			},
		} {
			if _, err := try(); !problem.Is(err, problem.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := h.MoveInvestigations(t.Context(), aud, ids, Resolve); !problem.Is(err, problem.Forbidden) {
			t.Errorf("an auditor: %v", err)
		}
	})
}

func TestSeveralIncidentsOfACampaign(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		hidden, one := h.hiddenAndSeen(t)
		two := h.opened(t, ada, Opening{})
		var campaigns []Campaign
		for _, name := range []string{"Red", "Blue"} {
			c, err := h.OpenCampaign(t.Context(), ada, CampaignText{Name: name})
			if err != nil {
				t.Fatal(err)
			}
			campaigns = append(campaigns, c)
		}
		red, blue := campaigns[0], campaigns[1]
		if _, err := h.GroupIncidents(t.Context(), ada, []string{one.ID}, blue.ID); err != nil {
			t.Fatal(err)
		}
		got, err := h.GatherIncidents(t.Context(), eve, red.Ref, []string{one.Ref, two.ID, hidden.ID, "I-NONE"})
		if err != nil || len(got.Moved) != 2 || !slices.Equal(whys(got), []string{hidden.ID + " gone", "I-NONE gone"}) {
			t.Fatalf("%+v, %v", got, err)
		}
		if got, err = h.GatherIncidents(t.Context(), ada, red.ID, []string{one.ID, hidden.ID}); err != nil || len(got.Moved) != 1 || !slices.Equal(whys(got), []string{one.ID + " state"}) {
			t.Fatalf("%+v, %v", got, err)
		}
		if got, err = h.DisperseIncidents(t.Context(), eve, blue.ID, []string{one.ID}); err != nil || !slices.Equal(whys(got), []string{one.ID + " state"}) {
			t.Errorf("it was taken out of another: %+v, %v", got, err)
		}
		if got, err = h.DisperseIncidents(t.Context(), eve, red.ID, []string{one.ID, hidden.ID}); err != nil || len(got.Moved) != 1 || !slices.Equal(whys(got), []string{hidden.ID + " gone"}) {
			t.Errorf("%+v, %v", got, err)
		}
		if c, err := h.Campaign(t.Context(), ada, red.ID); err != nil || c.Incidents != 2 {
			t.Errorf("%d are in it, %v", c.Incidents, err)
		}
		if _, err := h.GatherIncidents(t.Context(), eve, "C-NONE", []string{one.ID}); !problem.Is(err, problem.NotFound) {
			t.Errorf("a campaign that is none: %v", err)
		}
	})
}

// Several files are marked and given out, each for itself; the archive holds each with its chain, and says nothing of those that are not in it.
func TestSeveralFiles(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		h.Prove(Proof{Sign: func(m []byte) ([]byte, ed25519.PublicKey, error) {
			return ed25519.Sign(private, m), private.Public().(ed25519.PublicKey), nil
		}})
		hidden, seen := h.hiddenAndSeen(t)
		var ids []string
		for i, about := range []string{seen.ID, seen.ID, hidden.ID} {
			item, err := h.Attach(t.Context(), ada, about, File{Name: string(rune('a'+i)) + ".txt", MediaType: "text/plain", Body: strings.NewReader("what " + string(rune('0'+i)))})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, item.ID)
		}
		got, err := h.MarkSeveral(t.Context(), eve, append(slices.Clone(ids[1:]), "none"), true, "a dropper")
		if err != nil || !slices.Equal(got.Moved, ids[1:2]) || !slices.Equal(whys(got), []string{ids[2] + " gone", "none gone"}) {
			t.Fatalf("%+v, %v", got, err)
		}
		got, name, write, err := h.ExportSeveral(t.Context(), ada, ids, Handing{For: release.Self, Reason: "to look at them"})
		if err != nil || !slices.Equal(got.Moved, ids[:2]) || !slices.Equal(whys(got), []string{ids[2] + " state"}) || write == nil || !strings.HasSuffix(name, ".tar") {
			t.Fatalf("%+v, %q, %v", got, name, err)
		}
		var archive bytes.Buffer
		if err := write(&archive); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(archive.String(), ids[2]) || strings.Contains(archive.String(), hidden.Ref) {
			t.Error("the archive tells of what is not in it")
		}
		files := untar(t, &archive)
		for i, id := range ids[:2] {
			folder := "evidence-" + id + "/"
			if !strings.Contains(files[folder+"custody.jsonl"], "to look at them") || files[folder+"SHA256SUMS.sig"] == "" || strings.Contains(files[folder+"custody.jsonl"], ids[1-i]) {
				t.Errorf("the folder of %d: %v", i, files[folder+"custody.jsonl"])
			}
			if chain, err := h.Custody(t.Context(), ada, id); err != nil || chain[len(chain)-1].To != "CERT" {
				t.Errorf("the chain of %d: %+v, %v", i, chain, err)
			}
		}
		if files["evidence-"+ids[0]+"/file-a.txt"] != "what 0" || files["evidence-"+ids[1]+"/file-b.txt.zip"] == "" {
			t.Error("a file is not in it as it should be")
		}
		if chain, err := h.Custody(t.Context(), ada, ids[2]); err != nil || len(chain) != 1 {
			t.Errorf("the chain of what was not given out: %+v, %v", chain, err)
		}
		if n := h.recorded(t, string(OpEvidenceExport), "ada"); n != 2 {
			t.Errorf("%d are on record", n)
		}
		got, _, write, err = h.ExportSeveral(t.Context(), eve, ids[2:], Handing{For: release.Self, Reason: "x"})
		if err != nil || write != nil || !slices.Equal(whys(got), []string{ids[2] + " gone"}) || !problem.Is(NoneLeaves(got), problem.NotFound) {
			t.Errorf("%+v, %v", got, err)
		}
		if _, _, _, err := h.ExportSeveral(t.Context(), ada, ids, Handing{For: release.Self}); !problem.Is(err, problem.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
	})
}

func untar(t *testing.T, r io.Reader) map[string]string {
	t.Helper()
	files := map[string]string{}
	for archive := tar.NewReader(r); ; {
		head, err := archive.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		files[head.Name] = string(text)
	}
}
