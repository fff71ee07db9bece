"""A birth and a death as a bridge drives them."""

def test_birth(mosip, subscriber, subscribe):
    answer = subscribe(mosip, subscriber)
    assert answer.status_code == 202
    mosip.register("10001100040000120261123100000")
    row = mosip.ended("10001100040000120261123100000")
    print(row)
    got = subscriber.credentials()
    print(got[0].body[:500], mosip.admin.health(), mosip.identities())
    assert 0
