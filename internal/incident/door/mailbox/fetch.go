package mailbox

import (
	"context"
	"errors"
	"io"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident/door/mail"
	"github.com/firehall/firehall/internal/platform/mime"
)

// fetcher fetches over one connection.
type fetcher struct {
	*Box
	c        *imapclient.Client
	validity uint32
	last     imap.UID         // the highest that is safe here
	refused  map[imap.UID]int // how often the server did not give a mail
}

// open selects the folder, and takes up where the last connection ended. A mailbox that was made anew begins from its start.
func (f *fetcher) open() error {
	if f.o.Done != "" {
		if err := f.c.Create(f.o.Done, nil).Wait(); err != nil && !answered(err) {
			return lost(err)
		}
	}
	data, err := f.c.Select(f.o.Folder, nil).Wait()
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "open the folder %s of %s: see reports.imap_folder", f.o.Folder, f.o.Server)
	}
	f.validity = data.UIDValidity
	return nil
}

// answered tells that the server said no, and the connection stands.
func answered(err error) bool {
	var no *imap.Error
	return errors.As(err, &no)
}

// fetchNew fetches all that came since.
func (f *fetcher) fetchNew(ctx context.Context) error {
	s, err := f.state(ctx)
	if err != nil {
		return err
	}
	f.last = 0
	if s.validity == f.validity {
		f.last = imap.UID(s.uid)
	}
	var set imap.UIDSet
	set.AddRange(f.last+1, 0) // 0 is *
	found, err := f.c.UIDSearch(&imap.SearchCriteria{UID: []imap.UIDSet{set}}, nil).Wait()
	if err != nil {
		return lost(err)
	}
	for _, uid := range found.AllUIDs() {
		if uid <= f.last { // n:* always holds the last mail
			continue
		}
		if err := f.one(ctx, uid); err != nil {
			return err
		}
	}
	return f.looked(ctx)
}

// one fetches a mail, makes it durable, and only then remembers, marks or moves it.
func (f *fetcher) one(ctx context.Context, uid imap.UID) error {
	raw, err := f.raw(uid)
	switch {
	case err != nil && !answered(err):
		return lost(err)
	case err != nil && f.refused[uid]+1 < maxFetches:
		f.refused[uid]++
		return problem.Wrap(problem.Unavailable, err, "the server does not give the mail %d", uid)
	case err != nil:
		f.o.Log.ErrorContext(ctx, "a mail in the mailbox cannot be fetched, and is passed over: look at it there", "uid", uid, "error", err)
		return f.reached(ctx, f.validity, uint32(uid))
	case raw == nil: // somebody took it away meanwhile
		return f.reached(ctx, f.validity, uint32(uid))
	}
	if err := f.o.Take(ctx, mail.Arrival{Via: "imap", Raw: raw, Envelope: mime.Envelope{}}); err != nil {
		return err
	}
	if err := f.reached(ctx, f.validity, uint32(uid)); err != nil {
		return err
	}
	f.last = uid
	return f.finish(ctx, uid)
}

// raw gives the bytes of a mail, cut where it is too large; nil if it is gone.
func (f *fetcher) raw(uid imap.UID) (raw []byte, err error) {
	section := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Offset: 0, Size: f.o.MaxMail + 1}}
	cmd := f.c.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		for item := m.Next(); item != nil; item = m.Next() {
			body, ok := item.(imapclient.FetchItemDataBodySection)
			if !ok || body.Literal == nil || raw != nil {
				continue
			}
			if raw, err = io.ReadAll(io.LimitReader(body.Literal, f.o.MaxMail+1)); err != nil {
				return nil, errors.Join(err, cmd.Close())
			}
		}
	}
	return raw, cmd.Close()
}

// finish marks a mail as read, or moves it. A server that refuses changes nothing of what is safe here.
func (f *fetcher) finish(ctx context.Context, uid imap.UID) error {
	var err error
	if f.o.Done != "" {
		_, err = f.c.Move(imap.UIDSetNum(uid), f.o.Done).Wait()
	} else {
		err = f.c.Store(imap.UIDSetNum(uid), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagSeen}}, nil).Close()
	}
	if err != nil && answered(err) {
		f.o.Log.WarnContext(ctx, "a mail that was fetched could not be marked or moved", "uid", uid, "error", err)
		return nil
	}
	if err != nil {
		return lost(err)
	}
	return nil
}
