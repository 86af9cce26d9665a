#define BOOST_TEST_MODULE carousel
#include <boost/test/unit_test.hpp>
