package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/wire"
)

// CookieName is the cookie that carries a session, on /sdk and /folder alike.
const CookieName = "vmware_soap_session"

// Server answers POST /sdk.
type Server struct {
	Mux       *Mux
	Inventory *inventory.Inventory
	Sessions  *Sessions
	Counter   *Counter
	Injector  *Injector
	// Authorize refuses what the call's user may not do.
	Authorize func(c *Call, params any) error
	Assumed   func() control.Assumptions
	Log       *slog.Logger
}

// ServeHTTP answers one SOAP call. Whatever the request holds, the answer is a
// response or a fault; a panic in a handler is a SystemError.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		http.Error(w, "SOAP wants POST", http.StatusMethodNotAllowed)
		return
	}
	req, err := wire.ReadRequest(r.Body)
	if err == nil {
		err = checkAction(r.Header.Get("SOAPAction"))
	}
	method := req.Method
	if wire.RequestType(method) == nil {
		method = "(unknown)"
	}
	s.Counter.add(method)
	if err != nil {
		var p *wire.ParseError
		errors.As(err, &p)
		s.reply(w, http.StatusInternalServerError, wire.Fault(p.Fault, p.Message))
		return
	}
	call := &Call{Method: req.Method, This: req.This, Session: s.sessionOf(r, req)}
	if most := s.Assumed().MaxSessions; most > 0 && call.Session == nil && len(s.Sessions.List()) >= most {
		http.Error(w, "out of sessions", http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	call.Ctx = ctx
	if call.Session != nil {
		call.Session.touch()
		stop := context.AfterFunc(call.Session.Ctx, func() { cancel(context.Cause(call.Session.Ctx)) })
		defer stop()
	}
	s.late(r, call, req.Params)
	result, err := s.dispatch(call, req.Params)
	err = fault.Assumed(s.Assumed(), call.This, err)
	s.Inventory.Sync() // a vCenter commits before it answers
	if call.cut {
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		f := fault.From(err)
		if _, ours := f.Fault.(*types.SystemError); ours && r.Context().Err() == nil {
			s.Log.Warn("call failed", "method", req.Method, "error", err)
		}
		s.reply(w, http.StatusInternalServerError, wire.Fault(f.Fault, f.Message))
		return
	}
	if call.setCookie != nil {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		call.setCookie.IPAddress, call.setCookie.UserAgent = host, r.UserAgent()
		http.SetCookie(w, &http.Cookie{Name: CookieName, Value: call.setCookie.cookie, Quoted: true, Path: "/", HttpOnly: true, Secure: true})
	}
	s.reply(w, http.StatusOK, wire.Response(req.Method, result))
}

// checkAction refuses SOAPActions of another service. Their version isn't
// looked at: the model speaks one.
func checkAction(action string) error {
	action = strings.Trim(action, `"`)
	if action == "" || action == "urn:vim25" || strings.HasPrefix(action, "urn:vim25/") {
		return nil
	}
	return &wire.ParseError{Fault: &types.InvalidRequest{}, Message: fmt.Sprintf("Unsupported version URI %q", action)}
}

// SessionOf finds the session whose cookie the request carries.
func (s *Server) SessionOf(r *http.Request) *Session { return s.Sessions.ByCookie(cookieOf(r)) }

// cookieOf gives the value of a request's session cookie, or "".
func cookieOf(r *http.Request) string {
	// Go's own parser refuses quotes in some places where clients put them.
	for _, header := range r.Header.Values("Cookie") {
		for part := range strings.SplitSeq(header, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			if name != CookieName {
				continue
			}
			return strings.Trim(value, `"`)
		}
	}
	return ""
}

func (s *Server) sessionOf(r *http.Request, req *wire.Request) *Session {
	if session := s.SessionOf(r); session != nil {
		return session
	}
	if req.Cookie != "" {
		return s.Sessions.ByCookie(strings.Trim(req.Cookie, `"`))
	}
	return nil
}

func (s *Server) dispatch(call *Call, params any) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in %s: %v\n%s", call.Method, p, debug.Stack())
		}
	}()
	if call.Session == nil && !s.isPublic(call.Method) {
		return nil, NotAuthenticated(call.This)
	}
	call.Object = s.Inventory.Lookup(call.This)
	if err := s.Injector.apply(call.Ctx, call); err != nil {
		return nil, err
	}
	if call.Object == nil {
		return nil, inventory.NotFound(call.This)
	}
	h := s.Mux.find(call.Method, call.Object)
	if h == nil {
		return nil, fault.Newf(&types.MethodNotFound{Receiver: call.This, Method: call.Method},
			"The method %s is not there for objects of type %s", call.Method, call.This.Type)
	}
	if err := s.Authorize(call, params); err != nil {
		return nil, err
	}
	return h(call, params)
}

func (s *Server) isPublic(method string) bool {
	return s.Mux.public[method] || method == "CurrentTime" && s.Assumed().OpenCurrentTime
}

// late does a call of a session that has ended, whose answer is a refusal all
// the same.
func (s *Server) late(r *http.Request, call *Call, params any) {
	if !s.Assumed().LateNotAuthenticated || call.Session != nil || isSessions(call.This.Type) {
		return
	}
	if ended := s.Sessions.EndedByCookie(cookieOf(r)); ended != nil {
		again := *call
		again.Session = ended
		_, _ = s.dispatch(&again, params)
	}
}

// isSessions says whether objects of a type belong to a session, and are gone
// with it.
func isSessions(kind string) bool {
	switch kind {
	case "SessionManager", "PropertyCollector", "PropertyFilter", "ViewManager", "ContainerView", "ListView":
		return true
	}
	return false
}

func (s *Server) reply(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
