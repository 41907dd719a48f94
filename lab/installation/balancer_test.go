package installation

import (
	"io"
	"net"
	"testing"
)

// says listens and tells each caller a word, then repeats what it hears.
func says(t *testing.T, word string) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.WriteString(conn, word)
				_, _ = io.Copy(conn, conn)
			}()
		}
	}()
	return listener
}

func TestConnectionsGoToOneAfterTheOtherAndPastTheDead(t *testing.T) {
	one, two := says(t, "one "), says(t, "two ")
	front, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer front.Close()
	go balance(front, []string{one.Addr().String(), two.Addr().String()})
	ask := func() string {
		conn, err := net.Dial("tcp", front.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "hello")
		_ = conn.(*net.TCPConn).CloseWrite()
		answer, err := io.ReadAll(conn)
		if err != nil {
			t.Error(err)
		}
		return string(answer)
	}
	heard := map[string]int{}
	for range 4 {
		heard[ask()]++
	}
	if heard["one hello"] != 2 || heard["two hello"] != 2 {
		t.Errorf("%v", heard)
	}
	one.Close()
	for range 3 {
		if got := ask(); got != "two hello" {
			t.Errorf("%q", got)
		}
	}
}
