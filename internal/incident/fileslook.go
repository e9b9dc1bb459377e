package incident

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/evidence"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release/leak"
)

// lookable gives a file that is small enough to be looked through; nil for one that is not.
func (s *Service) lookable(ctx context.Context, actor identity.Actor, name string) (data []byte, err error) {
	var item evidence.Item
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		item, _, err = s.item(tx, actor, name)
		return err
	})
	if err != nil || item.Size > mostLooked || item.Quarantined || item.Erased {
		return nil, err
	}
	return s.vault.Content(&item)
}

// givenOut has release decide whether somebody may have a file with its chain, and looks through what of it can be. unread says why the file itself was not; ""
// if it was, or if nobody had to look.
func (s *Service) givenOut(tx *sqldb.Tx, actor identity.Actor, p place, now time.Time, i *evidence.Item, h Handing, data []byte) (decision, unread string, err error) {
	to := Taker{As: h.For, Organisation: h.Organisation, Name: h.To}
	to, err = to.known(tx)
	if err != nil {
		return "", "", err
	}
	chain, err := evidence.Chain(tx, i.ID)
	if err != nil {
		return "", "", err
	}
	names, err := s.namesBut(tx, p, func(u *unnamed) error { return u.taker(to) }, "", nil)
	if err != nil {
		return "", "", err
	}
	file := leak.File{Name: i.Name, MediaType: i.MediaType}
	if file.Data, unread = looked(i, data, names); unread == "" {
		file.Data = data
	}
	d, err := s.hand(tx, actor, p, now, to, Handed{
		Kind: HandedEvidence, Thing: i.ID, Names: &names, Content: leak.Content{Text: about(i, chain, h), Files: []leak.File{file}},
	})
	if d.Profile == "" {
		unread = ""
	}
	return d.ID, unread, err
}

// looked tells why a file cannot be looked into; with what names somebody in it all the same, it is kept to be looked through again.
func looked(i *evidence.Item, data []byte, names leak.Names) (kept []byte, unread string) {
	if data == nil && i.Size > 0 {
		return nil, leak.TooMuch
	}
	for _, l := range leak.Check(leak.Content{Files: []leak.File{{MediaType: i.MediaType, Data: data}}}, names) {
		if l.Kind != leak.Unreadable {
			return data, ""
		}
		unread = l.Name
	}
	return nil, unread
}

// about is what goes with a file beside its content, each thing once: how it was obtained, who had it and why, to whom it goes. That somebody read it meanwhile,
// as a second person does who is asked, changes nothing of it.
func about(i *evidence.Item, chain []evidence.Custody, h Handing) string {
	lines := []string{i.Source.How, i.Source.Who, h.Reason}
	for _, c := range chain {
		lines = append(lines, c.To, c.Reason)
	}
	known := map[string]bool{"": true}
	return strings.Join(slices.DeleteFunc(lines, func(text string) bool {
		had := known[text]
		known[text] = true
		return had
	}), "\n")
}

// exportedAs is the code of the timeline for a file that was given out.
func exportedAs(unread string) string {
	if unread != "" {
		return "evidence.exported-unread"
	}
	return "evidence.exported"
}
