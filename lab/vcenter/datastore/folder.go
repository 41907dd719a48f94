package datastore

import (
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/vic-operator/vic-operator/lab/control"
)

// Folder is the HTTP service for datastore files:
// /folder/<path>?dcPath=<datacenter>&dsName=<datastore>.
type Folder struct {
	// Resolve gives the directory of a datastore by dcPath and dsName; an error
	// is answered with 404.
	Resolve func(dcPath, dsName string) (dir string, err error)
	// Authenticate gives the user whose session or password the request carries.
	Authenticate func(r *http.Request) (user string, ok bool)
	// Authorize says whether the user may read and write a datastore's files.
	Authorize func(user, dcPath, dsName string) bool
	// Locked says whether a file of this host is open by a virtual machine.
	Locked func(host string) bool
	// Assumed says how the service behaves where only a real one could tell.
	Assumed func() control.Assumptions

	late lateness
}

// ServeHTTP answers GET and HEAD with ranges, PUT with 201 for a new file and
// 200 for a replaced one, DELETE with 204.
func (f *Folder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, ok := f.Authenticate(r)
	// Who may not is asked to be somebody else: vCenter answers 401 to both.
	if query := r.URL.Query(); !ok || !f.Authorize(user, query.Get("dcPath"), query.Get("dsName")) {
		w.Header().Set("WWW-Authenticate", `Basic realm="VMware HTTP server"`)
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
		return
	}
	host, root, status := f.host(r)
	if status != 0 {
		http.Error(w, http.StatusText(status), status)
		return
	}
	switch r.Method {
	case http.MethodHead:
		if f.Assumed().NoHead {
			http.Error(w, "Not implemented", http.StatusNotImplemented)
			return
		}
		f.get(w, r, host)
	case http.MethodGet:
		f.get(w, r, host)
	case http.MethodPut:
		f.put(w, r, host, root)
	case http.MethodDelete:
		f.remove(w, host, root)
	default:
		w.Header().Set("Allow", "GET, HEAD, PUT, DELETE")
		http.Error(w, "Method not allowed", http.StatusMethodNotAllowed)
	}
}

func (f *Folder) host(r *http.Request) (host string, root bool, status int) {
	query := r.URL.Query()
	name := query.Get("dsName")
	if name == "" {
		return "", false, http.StatusBadRequest
	}
	file := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/folder"), "/")
	p, err := ParsePath("[" + name + "] " + file)
	if err != nil {
		return "", false, http.StatusBadRequest
	}
	dir, err := f.Resolve(query.Get("dcPath"), name)
	if err != nil {
		return "", false, http.StatusNotFound
	}
	return p.Host(dir), p.File == "", 0
}

func (f *Folder) get(w http.ResponseWriter, r *http.Request, host string) {
	file, err := os.Open(host)
	if err != nil {
		http.Error(w, "Not found", http.StatusNotFound)
		return
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		http.Error(w, "Not found", http.StatusNotFound)
		return
	}
	if info.IsDir() {
		listDirectory(w, r, host)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	assumed, size := f.Assumed(), info.Size()
	if assumed.LockedReads && f.Locked(host) {
		http.Error(w, "Locked", http.StatusForbidden)
		return
	}
	if assumed.NoRanges {
		r.Header.Del("Range")
	}
	if late := time.Duration(assumed.LateLogsMs) * time.Millisecond; late > 0 {
		size = f.late.size(host, info, f.Locked(host), late)
	}
	http.ServeContent(w, r, "", info.ModTime(), io.NewSectionReader(file, 0, size))
}

func listDirectory(w http.ResponseWriter, r *http.Request, host string) {
	entries, err := os.ReadDir(host)
	if err != nil {
		http.Error(w, "Not found", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<html><body><table>\n")
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() {
			name += "/"
		}
		link := url.URL{Path: path.Join(r.URL.Path, e.Name()), RawQuery: r.URL.RawQuery}
		fmt.Fprintf(w, "<tr><td><a href=\"%s\">%s</a></td></tr>\n", html.EscapeString(link.String()), html.EscapeString(name))
	}
	fmt.Fprintf(w, "</table></body></html>\n")
}

// put writes beside and renames, so that a broken upload leaves nothing and a
// reader never sees half a file.
func (f *Folder) put(w http.ResponseWriter, r *http.Request, host string, root bool) {
	if r.Header.Get("Content-Range") != "" {
		http.Error(w, "Partial writes aren't possible", http.StatusNotImplemented)
		return
	}
	info, err := os.Stat(host)
	there := err == nil
	switch {
	case root || there && info.IsDir():
		http.Error(w, "Is a directory", http.StatusForbidden)
		return
	case f.Locked(host):
		http.Error(w, "Locked", http.StatusForbidden)
		return
	}
	if parent, err := os.Stat(filepath.Dir(host)); err != nil || !parent.IsDir() {
		http.Error(w, "No such directory", http.StatusNotFound)
		return
	}
	if f.Assumed().HalfUploads {
		if err := writeSlowly(host, r); err != nil {
			http.Error(w, "Cannot write", http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusOK)
		return
	}
	tmp, err := os.CreateTemp(filepath.Dir(host), ".upload-*")
	if err != nil {
		http.Error(w, "Cannot write", http.StatusInternalServerError)
		return
	}
	defer os.Remove(tmp.Name())
	n, err := io.Copy(tmp, r.Body)
	if err == nil && r.ContentLength >= 0 && n != r.ContentLength {
		err = errors.New("short body")
	}
	err = errors.Join(err, tmp.Chmod(0o644), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), host)
	}
	if err != nil {
		http.Error(w, "Cannot write", http.StatusInternalServerError)
		return
	}
	if there {
		w.WriteHeader(http.StatusOK)
	} else {
		w.WriteHeader(http.StatusCreated)
	}
}

// writeSlowly writes a file in its place, with a pause in the middle in which a
// reader sees half of it.
func writeSlowly(host string, r *http.Request) error {
	file, err := os.Create(host)
	if err != nil {
		return err
	}
	_, err = io.CopyN(file, r.Body, r.ContentLength/2)
	if err == nil {
		time.Sleep(halfTime)
		_, err = io.Copy(file, r.Body)
	}
	return errors.Join(err, file.Close())
}

// halfTime is how long a slow upload stands half done.
const halfTime = 200 * time.Millisecond

func (f *Folder) remove(w http.ResponseWriter, host string, root bool) {
	switch _, err := os.Lstat(host); {
	case root:
		http.Error(w, "Is the datastore itself", http.StatusForbidden)
	case err != nil:
		http.Error(w, "Not found", http.StatusNotFound)
	case f.Locked(host):
		http.Error(w, "Locked", http.StatusForbidden)
	case os.RemoveAll(host) != nil:
		http.Error(w, "Cannot delete", http.StatusInternalServerError)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}
